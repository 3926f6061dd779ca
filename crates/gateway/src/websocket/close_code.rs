//! Close codes of RFC 6455 section 7.4 and the IANA registry, as far as the gateway uses them.

/// The purpose of the socket is fulfilled.
pub const NORMAL: u16 = 1000;
/// An endpoint goes away: the page is left, or the server stops for good.
pub const GOING_AWAY: u16 = 1001;
/// The peer broke the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// A message of a kind that is not served here (binary where only text is spoken).
pub const UNSUPPORTED: u16 = 1003;
/// Text that is not UTF-8.
pub const INVALID_TEXT: u16 = 1007;
/// A rule of the server was broken, and no other code says which.
pub const POLICY: u16 = 1008;
/// A message above the limit.
pub const TOO_BIG: u16 = 1009;
/// The server failed.
pub const INTERNAL: u16 = 1011;
/// The server restarts; connect again.
pub const RESTART: u16 = 1012;
/// The server is overloaded; connect again later.
pub const TRY_AGAIN_LATER: u16 = 1013;

/// Whether a close frame may carry `code` on the wire. 1004 is reserved; 1005, 1006 and 1015 only
/// describe how a socket ended; 3000-4999 belong to libraries and applications.
pub(super) fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Authentication is missing, failed or void: get a new token.
pub const UNAUTHENTICATED: u16 = 4401;
/// Too slow a reader: reconnect and resume.
pub const TOO_SLOW: u16 = 4408;
/// The user has as many sockets as may be.
pub const TOO_MANY_SOCKETS: u16 = 4409;
