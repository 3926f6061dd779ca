//! The real `parlance serve` as a private process: its own settings file, data folder and free port.
//!
//! The contract with the binary: `parlance serve --config FILE` prints on standard output, one line
//! for each listener and only once it answers there,
//!
//! ```text
//! parlance: listening on http://127.0.0.1:PORT
//! ```
//!
//! It ends on SIGTERM by itself, and may be killed at any moment without losing what it acknowledged.
//! Everything it prints is kept in a file, over restarts, for the test that fails.

mod binary;
mod log;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

pub use self::log::Log;

/// The operator key of private servers; it opens nothing else.
const OPERATOR_KEY: &str = "operator-key-of-a-private-test-server";

/// Ends the wait for a server that neither gets ready nor exits.
const START_DEADLINE: Duration = Duration::from_mins(1);

/// Ends the wait for a server that was told to stop and does not.
const STOP_DEADLINE: Duration = Duration::from_mins(1);

/// What can go wrong with a private server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// There is no binary and none could be built.
    #[error("no parlance binary: {0}")]
    Binary(String),
    /// The operating system refused a file, a process or a signal.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why not.
        source: io::Error,
    },
    /// It ended or fell silent before it was ready.
    #[error("parlance serve did not get ready: {why}\n{log}")]
    NotReady {
        /// Ended, or too late.
        why: String,
        /// The last that it printed.
        log: String,
    },
    /// It did not end after SIGTERM.
    #[error("parlance serve did not end on SIGTERM within {STOP_DEADLINE:?}\n{0}")]
    NotStopped(String),
}

impl ServerError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// How a private server is to be started.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    binary: Option<PathBuf>,
    settings: String,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    listeners: usize,
    log_file: Option<PathBuf>,
}

impl ServerOptions {
    /// The binary to be run, instead of the one that is looked for: `PARLANCE_BIN`, else the newer of
    /// `target/release/parlance` and `target/debug/parlance`, else one that is built now.
    #[must_use]
    pub fn binary(mut self, path: &Path) -> Self {
        self.binary = Some(path.to_owned());
        self
    }

    /// Further settings in TOML. `listen`, `data_dir` and `operator_key` stand in front of them, so
    /// other top-level keys come first and tables after.
    #[must_use]
    pub fn settings(mut self, toml: &str) -> Self {
        toml.clone_into(&mut self.settings);
        self
    }

    /// An environment variable of the process.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A further argument of `parlance serve`.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// How many listeners the settings ask for beside the first one.
    #[must_use]
    pub fn more_listeners(mut self, count: usize) -> Self {
        self.listeners = 1 + count;
        self
    }

    /// Where the log goes; it outlives the server. Otherwise it goes with the data folder.
    #[must_use]
    pub fn log_file(mut self, path: &Path) -> Self {
        self.log_file = Some(path.to_owned());
        self
    }

    /// Starts the server and waits until it listens.
    ///
    /// # Errors
    /// Why it is not running; what it printed is part of the text.
    pub async fn start(self) -> Result<Server, ServerError> {
        let binary = match &self.binary {
            Some(named) => named.clone(),
            None => binary::find()?,
        };
        let folder = TempDir::with_prefix("parlance-server-")
            .map_err(ServerError::io("temporary folder"))?;
        let log_file = self
            .log_file
            .clone()
            .unwrap_or_else(|| folder.path().join("server.log"));
        let log = Log::create(&log_file).map_err(ServerError::io("log file"))?;
        let mut server = Server {
            binary,
            options: self,
            folder,
            log,
            listen: "127.0.0.1:0".to_owned(),
            base_urls: Vec::new(),
            process: None,
        };
        server.launch().await?;
        Ok(server)
    }
}

/// A running private server. Dropped, the process is killed and its folder removed.
#[derive(Debug)]
pub struct Server {
    binary: PathBuf,
    options: ServerOptions,
    folder: TempDir,
    log: Log,
    listen: String,
    base_urls: Vec<String>,
    process: Option<Child>,
}

impl Server {
    /// A server on a free port with an empty data folder.
    pub fn options() -> ServerOptions {
        ServerOptions {
            binary: None,
            settings: String::new(),
            environment: Vec::new(),
            arguments: Vec::new(),
            listeners: 1,
            log_file: None,
        }
    }

    /// `http://127.0.0.1:PORT` of the first listener, the same after a restart.
    pub fn base_url(&self) -> &str {
        &self.base_urls[0]
    }

    /// All listeners, in the order in which the server named them.
    pub fn base_urls(&self) -> &[String] {
        &self.base_urls
    }

    /// The `operator_key` of its settings.
    pub fn operator_key(&self) -> &str {
        OPERATOR_KEY
    }

    /// Its `data_dir`.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its settings file.
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("parlance.toml")
    }

    /// What it has printed.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().and_then(Child::id)
    }

    /// Ends it as `kill -9` does.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn kill(&mut self) -> Result<(), ServerError> {
        if let Some(mut process) = self.process.take() {
            process.kill().await.map_err(ServerError::io("kill -9"))?;
        }
        Ok(())
    }

    /// Asks it to end (SIGTERM) and waits until it has; `None` when it was not running.
    ///
    /// # Errors
    /// It goes on running; it is killed then.
    pub async fn terminate(&mut self) -> Result<Option<ExitStatus>, ServerError> {
        let Some(mut process) = self.process.take() else {
            return Ok(None);
        };
        if let Some(pid) = process.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            kill_process(pid, Signal::TERM)
                .map_err(|error| ServerError::io("SIGTERM")(error.into()))?;
        }
        match tokio::time::timeout(STOP_DEADLINE, process.wait()).await {
            Ok(ended) => ended
                .map(Some)
                .map_err(ServerError::io("waiting for the end")),
            Err(_) => Err(ServerError::NotStopped(self.log.last_lines(20))),
        }
    }

    /// Starts it again on the same data and the same port; kills it first if it still runs.
    ///
    /// # Errors
    /// As [`ServerOptions::start`].
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.kill().await?;
        self.launch().await
    }

    async fn launch(&mut self) -> Result<(), ServerError> {
        let config = self.config_file();
        fs::write(&config, self.config_text()).map_err(ServerError::io("settings file"))?;
        let errors = self.log.appender().map_err(ServerError::io("log file"))?;
        let mut process = Command::new(&self.binary)
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .args(&self.options.arguments)
            .envs(
                self.options
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(ServerError::io(self.binary.display().to_string()))?;
        let output = process
            .stdout
            .take()
            .expect("standard output was just asked for as a pipe");
        let listening = self
            .log
            .follow(output)
            .map_err(ServerError::io("log file"))?;
        self.process = Some(process);
        self.base_urls = self.await_listeners(listening).await?;
        if let Some(address) = self.base_urls[0].strip_prefix("http://") {
            address.clone_into(&mut self.listen);
        }
        Ok(())
    }

    async fn await_listeners(
        &self,
        mut listening: mpsc::Receiver<String>,
    ) -> Result<Vec<String>, ServerError> {
        let not_ready = |why: String| {
            let log = self.log.last_lines(20);
            Err(ServerError::NotReady { why, log })
        };
        let mut found = Vec::new();
        while found.len() < self.options.listeners {
            match tokio::time::timeout(START_DEADLINE, listening.recv()).await {
                Ok(Some(url)) => found.push(url),
                Ok(None) => return not_ready("it ended".to_owned()),
                Err(_) => {
                    let wanted = self.options.listeners;
                    let got = found.len();
                    return not_ready(format!(
                        "{got} of {wanted} lines \"{}…\" after {START_DEADLINE:?}",
                        log::LISTENING
                    ));
                }
            }
        }
        Ok(found)
    }

    fn config_text(&self) -> String {
        let text = |value: &str| toml::Value::String(value.to_owned()).to_string();
        format!(
            "listen = [{}]\ndata_dir = {}\noperator_key = {}\n{}\n",
            text(&self.listen),
            text(&self.data_dir().to_string_lossy()),
            text(OPERATOR_KEY),
            self.options.settings,
        )
    }
}
