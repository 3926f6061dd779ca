//! The runner against servers made for it: what is right passes, what is wrong fails and says why.

#![expect(clippy::unwrap_used, reason = "a fake that cannot go on ends its test")]

mod cases;
mod fake;
mod fake_socket_io;
mod private_server;
