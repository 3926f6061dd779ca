//! `parlance-bench`: measures Parlance beside what the machine itself can do, in the same run.
//!
//! The machine may be small, shared and noisy, so every figure with an aim is a ratio to a baseline
//! that is measured in turns with it, five pairs and the median of their ratios. Servers are pinned
//! to one core and judged by the CPU time they took; whoever reads is on the other core.
//!
//! `parlance-bench [KEY …]` measures all, or the figures named; results go to the table on stdout
//! and to `bench/results/latest.json`.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

mod bare;
mod client;
mod fanout;
mod idle;
mod process;
mod raw_commit;
mod report;
mod send;
mod sink;
mod start;
mod token;
mod world;

use anyhow::{Result, bail};

use crate::report::Report;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let threads = if args.iter().any(|arg| arg == "child") {
        1
    } else {
        2
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()?;
    runtime.block_on(run(&args))
}

async fn run(args: &[String]) -> Result<()> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["child", "sink", rest @ ..] => return sink::run(rest).await,
        ["child", "bare", rest @ ..] => return bare::run(rest).await,
        _ => {}
    }
    const KEYS: [&str; 4] = ["send.durable", "fanout.small", "idle.memory", "start"];
    if let Some(unknown) = words.iter().find(|word| !KEYS.contains(word)) {
        bail!(
            "unknown figure \"{unknown}\"; there are {}",
            KEYS.join(", ")
        );
    }
    let wanted = |key: &str| words.is_empty() || words.contains(&key);
    let mut report = Report::default();
    if wanted("start") {
        start::measure(&mut report).await?;
    }
    if wanted("send.durable") {
        send::measure(&mut report).await?;
    }
    if wanted("fanout.small") {
        fanout::measure(&mut report).await?;
    }
    if wanted("idle.memory") {
        idle::measure(&mut report).await?;
    }
    report.print();
    report.write("bench/results/latest.json")
}
