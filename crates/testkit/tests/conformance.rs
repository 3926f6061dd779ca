//! Every case of `conformance/*.cases.jsonl` as a named test against a real server.
//!
//! ```text
//! cargo test -p parlance-testkit --test conformance -- fixmate/      cases with this in their name
//! PARLANCE_CASES=FILE                                                the cases of another file
//! PARLANCE_TARGET=http://host:port PARLANCE_OPERATOR_KEY=…           a server that is already up
//! PARLANCE_BIN=FILE                                                  the binary to be started
//! ```
//!
//! A table by dialect stands at the end; the exit status is the result.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{self, ExitCode};
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, FormatSetting, Trial};
use parlance_testkit::conformance::suite::{Suite, Tally, Verdict, judge};
use parlance_testkit::conformance::{Case, Target, has_dialect, run_case};
use parlance_testkit::server::{Log, Server};
use tokio::runtime::{Handle, Runtime};

/// Cases spend their time waiting, so more run at once than there are processors.
const AT_ONCE: usize = 8;

/// Lines of the server's log shown with a failed case.
const LOG_LINES: usize = 12;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    run(&arguments).unwrap_or_else(|why| {
        complain(&format!("conformance: {why}"));
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let suite = load()?;
    if !suite.faults.is_empty() {
        return Err(format!(
            "the case files are wrong\n{}",
            suite.faults.join("\n")
        ));
    }
    let selected: Vec<&Case> = suite
        .cases
        .iter()
        .filter(|case| plays(arguments, &case.name))
        .collect();
    if arguments.list || selected.is_empty() {
        let names = suite
            .cases
            .iter()
            .map(|case| Trial::test(&case.name, || Ok(())))
            .collect();
        return Ok(libtest_mimic::run(arguments, names).exit_code());
    }
    let runtime = Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
    let stand = runtime.block_on(Stand::build())?;
    let mut tally = Tally::default();
    let built = runtime.block_on(find_dialects(&stand.target, &selected, &mut tally))?;
    let player = Player {
        target: stand.target.clone(),
        log: stand.server.as_ref().map(|server| server.log().clone()),
        runtime: runtime.handle().clone(),
        tally: Arc::new(Mutex::new(tally)),
    };
    let trials = suite.cases.iter().map(|case| {
        let listed = suite.known_gaps.get(&case.name).cloned();
        // A dialect that was not asked about has no selected case.
        let is_built = built.get(case.dialect()).copied().unwrap_or_default();
        player.clone().trial(case.clone(), listed, is_built)
    });
    let conclusion = libtest_mimic::run(arguments, trials.collect());
    if !matches!(arguments.format, Some(FormatSetting::Json)) {
        say(&player
            .tally
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .to_string());
    }
    runtime.block_on(stand.take_down(conclusion.has_failed()))?;
    Ok(conclusion.exit_code())
}

fn load() -> Result<Suite, String> {
    match setting("PARLANCE_CASES") {
        Some(file) => Suite::from_file(Path::new(&file)),
        None => {
            Suite::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance"))
        }
    }
}

/// Whether the command line asks for a case of this name.
fn plays(arguments: &Arguments, name: &str) -> bool {
    let trial = Trial::test(name, || Ok(()));
    !arguments.is_filtered_out(&trial) && !arguments.is_ignored(&trial)
}

/// Asks the server for each dialect once.
async fn find_dialects(
    target: &Target,
    selected: &[&Case],
    tally: &mut Tally,
) -> Result<BTreeMap<String, bool>, String> {
    let mut built = BTreeMap::new();
    for case in selected {
        let dialect = case.dialect();
        tally.expect(dialect);
        if built.contains_key(dialect) {
            continue;
        }
        let found = has_dialect(target, dialect)
            .await
            .map_err(|failure| failure.to_string())?;
        built.insert(dialect.to_owned(), found);
        if !found {
            tally.not_built(dialect);
        }
    }
    Ok(built)
}

/// The server of the run: a private one, or one that is already up.
struct Stand {
    target: Target,
    server: Option<Server>,
}

impl Stand {
    async fn build() -> Result<Self, String> {
        if let Some(base_url) = setting("PARLANCE_TARGET") {
            let key = setting("PARLANCE_OPERATOR_KEY").ok_or(
                "PARLANCE_TARGET needs PARLANCE_OPERATOR_KEY, the target's operator_key: every \
                 case builds its world through the operator API",
            )?;
            return Ok(Self {
                target: Target::new(&base_url, key)?,
                server: None,
            });
        }
        let log = format!("conformance-server-{}.log", process::id());
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(log);
        let server = Server::options().log_file(&log).start().await;
        let server = server.map_err(|error| error.to_string())?;
        let target = Target::new(server.base_url(), server.operator_key())?;
        Ok(Self {
            target,
            server: Some(server),
        })
    }

    /// Ends a private server; its log stays where something failed.
    async fn take_down(self, keep_log: bool) -> Result<(), String> {
        let Some(mut server) = self.server else {
            return Ok(());
        };
        server.kill().await.map_err(|error| error.to_string())?;
        let log = server.log().path();
        if keep_log {
            say(&format!("the server's log: {}", log.display()));
            return Ok(());
        }
        fs::remove_file(log).map_err(|error| format!("{}: {error}", log.display()))
    }
}

/// What a trial needs to play its case.
#[derive(Clone)]
struct Player {
    target: Target,
    log: Option<Log>,
    runtime: Handle,
    tally: Arc<Mutex<Tally>>,
}

impl Player {
    fn trial(self, case: Case, listed: Option<String>, is_built: bool) -> Trial {
        Trial::ignorable_test(case.name.clone(), move || {
            if !is_built {
                return Ok(Completion::ignored_with("the dialect is not built yet"));
            }
            let mark = self.log.as_ref().map(Log::len_bytes).unwrap_or_default();
            let result = self.runtime.block_on(run_case(&self.target, &case));
            let verdict = judge(result, listed.as_deref());
            let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.count(case.dialect(), &verdict);
            drop(tally);
            match verdict {
                Verdict::Passed => Ok(Completion::Completed),
                Verdict::KnownGap(reason) => {
                    Ok(Completion::ignored_with(format!("known gap: {reason}")))
                }
                Verdict::Failed(text) => Err(Failed::from(self.report(&case, &text, mark))),
            }
        })
    }

    fn report(&self, case: &Case, text: &str, mark: u64) -> String {
        let mut report = format!("{} ({:?})\n{text}", case.about, case.source);
        let lines = self
            .log
            .as_ref()
            .map(|log| log.since(mark, LOG_LINES))
            .unwrap_or_default();
        if !lines.is_empty() {
            report.push_str("\nthe server meanwhile (other cases run beside this one):\n");
            report.push_str(&lines);
        }
        report
    }
}

/// An environment variable that is set to something.
fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[expect(
    clippy::print_stdout,
    reason = "a test harness talks to whoever started it"
)]
fn say(text: &str) {
    println!("{text}");
}

#[expect(
    clippy::print_stderr,
    reason = "a test harness talks to whoever started it"
)]
fn complain(text: &str) {
    eprintln!("{text}");
}
