//! `start`: from the start of the process to the first answered request, with an existing database.

use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use crate::report::{Figure, Report, median};
use crate::world::World;

const RUNS: usize = 7;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let mut world = World::start().await?;
    world.users(100).await?;
    let conversation = world.conversation(0..100).await?;
    for n in 0..1_000 {
        let body = json!({"as": "external:u0", "body": format!("message {n}")});
        world
            .post(&format!("conversations/{conversation}/messages"), &body)
            .await?;
    }
    let mut millis = Vec::new();
    for _ in 0..RUNS {
        world.server.terminate().await?;
        let before = Instant::now();
        world.server.restart().await?;
        reqwest::get(format!("http://{}/readyz", world.address))
            .await?
            .error_for_status()?;
        millis.push(before.elapsed().as_secs_f64() * 1_000.0);
    }
    let value = median(&millis);
    let figure = Figure {
        value,
        unit: "ms",
        baseline: None,
        ratio: None,
        aim: None,
        holds: None,
        detail: json!({"runs_ms": millis, "database": "1,000 messages, 100 users"}),
    };
    report.add("start", figure);
    Ok(())
}
