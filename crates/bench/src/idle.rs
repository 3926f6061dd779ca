//! `idle.memory`: resident memory a socket with 10,000 idle authenticated sockets of as many users.

use anyhow::{Result, bail};
use serde_json::json;

use crate::process::{Helper, resident_bytes};
use crate::report::{Figure, Report};
use crate::world::World;

const SOCKETS: usize = 10_000;
const AIM_KIB: f64 = 8.0;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let world = World::start().await?;
    world.users(SOCKETS).await?;
    let pid = world.pid()?;
    let mut sink = Helper::start(1, &["sink", &world.address, world.host, "/v1/ws"])?;
    // The first sockets bring what is there once: threads' buffers, caches, pages of code.
    let before = resident_bytes(pid)?;
    for user in 0..SOCKETS {
        sink.say(&World::token(user)?).await?;
    }
    sink.say("").await?;
    let opened = sink.hear().await?;
    if opened != format!("open {SOCKETS}") {
        bail!("the sink said \"{opened}\"");
    }
    sink.say("settle").await?;
    sink.hear().await?;
    let after = resident_bytes(pid)?;
    let value = (after.saturating_sub(before)) as f64 / 1_024.0 / SOCKETS as f64;
    let figure = Figure {
        value,
        unit: "KiB a socket",
        baseline: Some(0.94),
        ratio: Some(value / 0.94),
        aim: Some(format!("at most {AIM_KIB} KiB")),
        holds: Some(value <= AIM_KIB),
        detail: json!({
            "sockets": SOCKETS, "resident_before": before, "resident_after": after,
            "baseline": "hyper upgrade, downcast, no buffer, no user, no topic (measured elsewhere)",
        }),
    };
    report.add("idle.memory", figure);
    Ok(())
}
