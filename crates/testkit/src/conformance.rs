//! Replays conformance cases against a running server, as a client that knows nothing of its inside.
//!
//! The format is `conformance/FORMAT.md`; what the runner knows of each dialect is one table
//! (`credentials.rs`). A case gets an app of its own through the operator API, so that cases may run
//! beside each other. [`suite`] gathers the files, the known gaps and the tally.

pub mod case;
mod credentials;
mod failure;
mod http;
mod matcher;
mod multipart;
mod run;
mod scope;
mod socket_io;
pub mod suite;
mod target;
mod websocket;
mod world;

pub use self::case::Case;
pub use self::failure::Failure;
pub use self::target::Target;
use self::world::{App, Created};

/// Plays one case from its world to its last step.
///
/// # Errors
/// The first thing that was not as the case says, with the step, the path inside the document, what
/// was expected and what came.
pub async fn run_case(target: &Target, case: &Case) -> Result<(), Failure> {
    let app = match App::create(target, case.dialect()).await {
        Ok(Created::App(app)) => app,
        Ok(Created::UnknownDialect) => {
            let dialect = case.dialect();
            return Err(Failure::new(format!(
                "the server has no dialect {dialect:?}"
            )));
        }
        Err(failure) => return Err(failure.at("world")),
    };
    let result = play(target, case, &app).await;
    let deleted = app.delete(target).await;
    result?;
    deleted.map_err(|failure| failure.at("after the last step, deleting the app"))
}

async fn play(target: &Target, case: &Case, app: &App) -> Result<(), Failure> {
    let scope = app
        .build(target, case)
        .await
        .map_err(|failure| failure.at("world"))?;
    let habits = credentials::Habits::of(case.dialect());
    run::Run::new(target, habits, &app.host, scope)
        .play(&case.steps)
        .await
}

/// Whether the server has a dialect, found out by asking for an app that speaks it.
///
/// # Errors
/// Why the server can build no worlds: not reachable, not Parlance, or a wrong operator key.
pub async fn has_dialect(target: &Target, dialect: &str) -> Result<bool, Failure> {
    let created = App::create(target, dialect).await.map_err(|failure| {
        failure.at(format!(
            "no worlds can be built at http://{} (is it Parlance, and is the operator key right?)",
            target.authority
        ))
    })?;
    match created {
        Created::UnknownDialect => Ok(false),
        Created::App(app) => app.delete(target).await.map(|()| true),
    }
}
