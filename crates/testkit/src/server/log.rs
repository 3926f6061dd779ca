//! What a private server prints, kept in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::ChildStdout;
use tokio::sync::mpsc;

/// How the line about a listener begins; its address follows.
pub(super) const LISTENING: &str = "parlance: listening on ";

/// Listeners that may be announced before anybody asks.
const WAITING_LISTENERS: usize = 64;

/// The log of a server, standard output and standard error in one file.
#[derive(Debug, Clone)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        File::create(path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// The file itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How long the file is by now, in bytes: a mark for [`Log::since`].
    pub fn len_bytes(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// The last `count` lines that were printed after a mark; fewer if fewer were.
    pub fn since(&self, mark_bytes: u64, count: usize) -> String {
        let bytes = fs::read(&self.path).unwrap_or_default();
        let start = usize::try_from(mark_bytes)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let text = String::from_utf8_lossy(&bytes[start..]).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(count)..].join("\n")
    }

    /// The last `count` lines.
    pub fn last_lines(&self, count: usize) -> String {
        self.since(0, count)
    }

    pub(super) fn appender(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.path)
    }

    /// Copies a process's output into the file and reports the listeners that it announces. The
    /// channel ends with the output.
    pub(super) fn follow(&self, output: ChildStdout) -> io::Result<mpsc::Receiver<String>> {
        let mut file = self.appender()?;
        let (announce, announced) = mpsc::channel(WAITING_LISTENERS);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                // A full disk must not stop the reading: the server would block on its output.
                let _full = writeln!(file, "{line}");
                if let Some(url) = line.strip_prefix(LISTENING) {
                    // Nobody waits for listeners any more once all are known.
                    let _unheard = announce.try_send(url.trim().to_owned());
                }
            }
        });
        Ok(announced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_after_a_mark_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::create(&folder.path().join("deep/server.log")).unwrap();
        log.appender().unwrap().write_all(b"one\ntwo\n").unwrap();
        let mark = log.len_bytes();
        log.appender().unwrap().write_all(b"three\nfour\n").unwrap();
        assert_eq!(log.since(mark, 10), "three\nfour");
        assert_eq!(log.since(mark, 1), "four");
        assert_eq!(log.last_lines(3), "two\nthree\nfour");
        assert_eq!(log.since(1_000_000, 3), "");
    }
}
