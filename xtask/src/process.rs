//! Starting other programs: say what is started, let its output through, keep what is needed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// Runs `command` with its output going straight to ours; answers whether it succeeded.
pub(crate) fn passes(mut command: Command) -> Result<bool> {
    announce(&command);
    let status = command.status().with_context(|| cannot_start(&command))?;
    Ok(status.success())
}

/// Like [`passes`], but keeps every line (standard output and error in the order written).
pub(crate) fn passes_with_lines(mut command: Command) -> Result<(bool, Vec<String>)> {
    announce(&command);
    // One pipe for both streams: cargo names a test binary on the one and prints its result on the
    // other, and only their order tells which result belongs to which.
    let (reader, writer) = std::io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command.spawn().with_context(|| cannot_start(&command))?;
    // The command still holds our ends of the pipe; without this the reading would never end.
    drop(command);
    let mut lines = Vec::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        lines.push(line);
    }
    Ok((child.wait()?.success(), lines))
}

/// Runs `command` silently; answers its success and what it wrote (output, then errors).
pub(crate) fn quietly(mut command: Command) -> Result<(bool, String)> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| cannot_start(&command))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), text))
}

/// Whether a program of that name is on the PATH.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn announce(command: &Command) {
    println!("$ {}", words(command));
}

fn cannot_start(command: &Command) -> String {
    format!(
        "could not start `{}`; is it installed and on the PATH?",
        words(command)
    )
}

fn words(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for word in command.get_args() {
        text.push(' ');
        text.push_str(&word.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_arrive_in_the_order_written_and_the_exit_status_is_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; echo three; exit 3"]);
        let (passed, lines) = passes_with_lines(command).unwrap();
        assert!(!passed);
        assert_eq!(lines, ["one", "two", "three"]);
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_with_its_name() {
        let error = passes(Command::new("no-such-program-here")).unwrap_err();
        assert!(
            format!("{error:#}").contains("no-such-program-here"),
            "{error:#}"
        );
    }
}
