//! `child sink ADDRESS HOST PATH`: reads one token a line until an empty one, opens a socket each,
//! says `open N`, and from then on counts what comes in. To each line `wait N` it answers `done`
//! once N frames more have come in, to `settle` once nothing has come for half a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::Notify;

use crate::client::Socket;

#[derive(Default)]
struct Count {
    frames: AtomicU64,
    target: AtomicU64,
    reached: Notify,
}

pub(crate) async fn run(args: &[&str]) -> Result<()> {
    let [address, host, path] = args else {
        anyhow::bail!("sink ADDRESS HOST PATH")
    };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let count = Arc::new(Count::default());
    count.target.store(u64::MAX, Ordering::SeqCst);
    let mut opened = 0;
    while let Some(token) = lines.next_line().await? {
        if token.is_empty() {
            break;
        }
        let token = if token == "-" { "" } else { &token };
        let mut socket = Socket::open(address, host, path, token).await?;
        let count = Arc::clone(&count);
        opened += 1;
        tokio::spawn(async move {
            while let Ok(frames) = socket.count().await {
                let total = count.frames.fetch_add(frames, Ordering::SeqCst) + frames;
                if total >= count.target.load(Ordering::SeqCst) {
                    count.reached.notify_one();
                }
            }
        });
    }
    println!("open {opened}");
    let mut base = 0;
    while let Some(line) = lines.next_line().await? {
        if line == "settle" {
            base = settle(&count).await;
            println!("settled {base}");
            continue;
        }
        let more: u64 = line.strip_prefix("wait ").context("wait N")?.parse()?;
        let target = base + more;
        count.target.store(target, Ordering::SeqCst);
        println!("waiting");
        while count.frames.load(Ordering::SeqCst) < target {
            // The permit of an earlier notification only costs a turn.
            let _late =
                tokio::time::timeout(Duration::from_secs(1), count.reached.notified()).await;
        }
        base = target;
        println!("done");
    }
    Ok(())
}

async fn settle(count: &Count) -> u64 {
    let mut seen = u64::MAX;
    loop {
        let now = count.frames.load(Ordering::SeqCst);
        if now == seen {
            return now;
        }
        seen = now;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
