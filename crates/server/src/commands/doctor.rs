//! `parlance doctor`: what would keep the server from working, and how to mend it.

mod checks;
mod ports;
mod store;

use std::process::ExitCode;

use crate::cli::DoctorArgs;
use crate::output::say;
use crate::settings::Settings;

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One line of the doctor's findings.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    what: String,
}

impl Finding {
    fn ok(what: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Ok,
            what: what.into(),
        }
    }

    fn warn(what: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Warn,
            what: what.into(),
        }
    }

    fn fail(what: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fail,
            what: what.into(),
        }
    }
}

/// What has been found so far; each finding is shown at once.
#[derive(Default)]
struct Report {
    warnings: usize,
    failures: usize,
}

impl Report {
    fn note(&mut self, check: &str, finding: &Finding) {
        let word = match finding.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        self.warnings += usize::from(finding.verdict == Verdict::Warn);
        self.failures += usize::from(finding.verdict == Verdict::Fail);
        say(format_args!("{word}  {check:<11} {}", finding.what));
    }

    fn end(&self) -> ExitCode {
        say("");
        match (self.failures, self.warnings) {
            (0, 0) => say("parlance doctor: all is well"),
            (0, warnings) => say(format_args!(
                "parlance doctor: it will run; {warnings} to look at"
            )),
            (failures, _) => {
                say(format_args!(
                    "parlance doctor: {failures} to mend before it runs well"
                ));
                return ExitCode::FAILURE;
            }
        }
        ExitCode::SUCCESS
    }
}

/// Checks everything and says so.
pub(crate) async fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    let settings = Settings::load(args.settings.config.as_deref(), &args.settings.overrides());
    let settings = match settings {
        Ok(settings) => settings,
        Err(problems) => {
            for problem in problems {
                report.note("settings", &Finding::fail(problem.to_string()));
            }
            return Ok(report.end());
        }
    };
    report.note(
        "settings",
        &checks::settings(&settings, args.settings.config.as_deref()),
    );
    report.note("open files", &checks::open_files());
    report.note("clock", &checks::clock(&settings));
    for finding in store::check(&settings).await {
        report.note("store", &finding);
    }
    report.note("media", &checks::media(&settings).await);
    for (name, folder) in checks::folders(&settings) {
        report.note(name, &checks::free_space(&folder));
    }
    for finding in ports::check(&settings).await {
        report.note("port", &finding);
    }
    Ok(report.end())
}
