//! Socket.IO as clients see it: a small dialect behind the real gateway, driven by the official
//! JavaScript client, by python-socketio, and by hand.

mod by_hand;
mod clients;
mod dialect;
mod world;
