//! HTTP and WebSocket sockets, the hub, the one socket loop.

pub mod websocket;
