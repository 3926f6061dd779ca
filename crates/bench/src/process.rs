//! Child processes: pinned, watched, ended.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Clock ticks a second, as `/proc` counts CPU time; 100 on every Linux that matters.
const TICKS: f64 = 100.0;

/// CPU seconds that a process has taken, all its threads, user and system together.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("/proc/PID/stat")?;
    // The command's name may hold blanks: the fields count from behind its bracket.
    let fields = stat
        .rsplit_once(") ")
        .context("no bracket in /proc/PID/stat")?
        .1;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("short /proc/PID/stat")?;
    Ok((user + system) / TICKS)
}

/// Resident memory of a process in bytes.
pub(crate) fn resident_bytes(pid: u32) -> Result<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).context("/proc/PID/statm")?;
    let pages: u64 = statm
        .split_whitespace()
        .nth(1)
        .context("short statm")?
        .parse()?;
    Ok(pages * 4_096)
}

/// Pins a running process, with all its threads, to one core.
pub(crate) async fn pin(pid: u32, core: usize) -> Result<()> {
    let status = Command::new("taskset")
        .args(["--all-tasks", "-pc", &core.to_string(), &pid.to_string()])
        .stdout(Stdio::null())
        .status()
        .await
        .context("taskset")?;
    if !status.success() {
        bail!("taskset could not pin process {pid} to core {core}");
    }
    Ok(())
}

/// A child of this very program that answers a line for a line.
pub(crate) struct Helper {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Helper {
    /// Starts `parlance-bench child ARGS` on a core.
    pub(crate) fn start(core: usize, args: &[&str]) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new("taskset")
            .args(["-c", &core.to_string()])
            .arg(program)
            .arg("child")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = child.stdout.take().context("no stdout")?;
        Ok(Self {
            child,
            stdin,
            lines: BufReader::new(stdout).lines(),
        })
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the helper has ended")
    }

    /// Says a line.
    pub(crate) async fn say(&mut self, line: &str) -> Result<()> {
        self.stdin.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(self.stdin.flush().await?)
    }

    /// Waits for a line.
    pub(crate) async fn hear(&mut self) -> Result<String> {
        let line = tokio::time::timeout(Duration::from_mins(2), self.lines.next_line()).await;
        line.context("a helper did not answer")??
            .context("a helper has ended")
    }
}
