//! The server's side of RFC 6455: handshake, frames in, frames out, and one socket's outbound
//! queue. No extensions.
//!
//! It knows no dialect, no hub and no I/O: bytes come in as slices of the caller's read buffer and
//! leave as shared [`bytes::Bytes`]. It is our own because an idle socket must hold no buffer and
//! frames that wait together must leave in one vectored write. `examples/echo.rs` shows the parts
//! put together.

mod assembly;
pub mod close_code;
mod decode;
mod encode;
mod error;
mod frame;
mod handshake;
mod mask;
mod message;
mod queue;
mod text;

pub use decode::{Decoder, Input, Limits};
pub use encode::{
    encode_binary, encode_close, encode_close_reply, encode_ping, encode_pong, encode_text,
};
pub use error::DecodeError;
pub use handshake::{Handshake, HandshakeError};
pub use message::{CloseFrame, Message};
pub use queue::{Ending, FrameKind, Outbound, Progress, Pushed};
