//! What commands say to whoever started them, as opposed to the log.

use std::fmt::Display;
use std::io::Write as _;

/// A line on standard output, flushed: others wait for it. That nobody reads it any more is no reason
/// to stop.
pub(crate) fn say(line: impl Display) {
    let mut out = std::io::stdout().lock();
    let _unread = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A line on standard error.
pub(crate) fn complain(line: impl Display) {
    let _unread = writeln!(std::io::stderr().lock(), "{line}");
}
