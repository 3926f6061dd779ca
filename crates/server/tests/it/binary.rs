//! Runs the binary that these tests were built with.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use parlance_testkit::server::{Server, ServerOptions};

/// The path of the binary.
pub(crate) fn path() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_parlance"))
}

/// The binary in a folder of its own, without the settings of whoever runs the tests.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(path());
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name.to_string_lossy().starts_with("PARLANCE_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// A private server of this binary.
pub(crate) fn server() -> ServerOptions {
    Server::options().binary(path())
}

/// Standard output of a run, as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the binary writes UTF-8")
}

/// Standard error of a run, as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the binary writes UTF-8")
}
