//! `fanout.small`: deliveries of one conversation's messages to 1,000 sockets, per CPU second of the
//! server, in turns with a bare broadcast of as many bytes.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::client::Socket;
use crate::process::{Helper, cpu_seconds, pin};
use crate::report::{Figure, Report, median};
use crate::world::World;

const SOCKETS: usize = 1_000;
const MESSAGES: u64 = 200;
const PAIRS: usize = 5;
const AIM: f64 = 0.6;
/// Words of a message: 200 bytes.
const WORDS: usize = 200;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let ours = Ours::start().await?;
    let mut ours = ours;
    let length = ours.frame_length().await?;
    let mut bare = Bare::start(length).await?;
    let (mut values, mut baselines, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let value = ours.run().await?;
        let baseline = bare.run().await?;
        values.push(value);
        baselines.push(baseline);
        ratios.push(value / baseline);
    }
    let ratio = median(&ratios);
    let figure = Figure {
        value: median(&values),
        unit: "deliveries/CPU s",
        baseline: Some(median(&baselines)),
        ratio: Some(ratio),
        aim: Some(format!("at least {AIM} of the bare broadcast")),
        holds: Some(ratio >= AIM),
        detail: json!({
            "sockets": SOCKETS, "messages_a_run": MESSAGES, "frame_bytes": length,
            "values": values, "baselines": baselines, "ratios": ratios,
        }),
    };
    report.add("fanout.small", figure);
    Ok(())
}

/// Parlance: a conversation of 1,000 members, each with a native socket.
struct Ours {
    world: World,
    sink: Helper,
    sender: Socket,
    conversation: String,
    sent: u64,
}

impl Ours {
    async fn start() -> Result<Self> {
        let world = World::start().await?;
        world.users(SOCKETS + 1).await?;
        let conversation = world.conversation(0..=SOCKETS).await?;
        let mut sink = Helper::start(1, &["sink", &world.address, world.host, "/v1/ws"])?;
        for user in 0..SOCKETS {
            sink.say(&World::token(user)?).await?;
        }
        sink.say("").await?;
        sink.hear().await?;
        let token = World::token(SOCKETS)?;
        let sender = Socket::open(&world.address, world.host, "/v1/ws", &token).await?;
        pin(world.pid()?, 0).await?;
        Ok(Self {
            world,
            sink,
            sender,
            conversation,
            sent: 0,
        })
    }

    /// Sends a message and waits for its answer; answers the length of the event's frame.
    async fn send(&mut self) -> Result<usize> {
        self.sent += 1;
        let data = json!({
            "conversation": self.conversation, "body": "w".repeat(WORDS),
            "client_id": uuid::Uuid::now_v7(),
        });
        let request = json!({"id": self.sent, "type": "message.send", "data": data});
        self.sender.send(&request.to_string()).await?;
        let (mut answered, mut length) = (false, 0);
        while !answered || length == 0 {
            let text = self.sender.next().await?;
            let value: Value = serde_json::from_slice(&text)?;
            answered |= value["id"] == json!(self.sent);
            if value["type"] == "message.created" {
                length = text.len();
            }
        }
        Ok(length)
    }

    async fn frame_length(&mut self) -> Result<usize> {
        let length = self.send().await?;
        self.sink.say("settle").await?;
        self.sink.hear().await?;
        Ok(length)
    }

    async fn run(&mut self) -> Result<f64> {
        let pid = self.world.pid()?;
        self.sink
            .say(&format!("wait {}", MESSAGES * SOCKETS as u64))
            .await?;
        self.sink.hear().await?;
        let before = cpu_seconds(pid)?;
        for _ in 0..MESSAGES {
            self.send().await?;
        }
        self.sink.hear().await?;
        let took = cpu_seconds(pid)? - before;
        Ok((MESSAGES * SOCKETS as u64) as f64 / took)
    }
}

/// A bare loop of writes.
struct Bare {
    server: Helper,
    sink: Helper,
}

impl Bare {
    async fn start(length: usize) -> Result<Self> {
        let mut server = Helper::start(0, &["bare", &length.to_string()])?;
        let port = server.hear().await?;
        let address = format!("127.0.0.1:{}", port.strip_prefix("port ").context("port")?);
        let mut sink = Helper::start(1, &["sink", &address, "bare", "/"])?;
        for _ in 0..SOCKETS {
            sink.say("-").await?;
        }
        sink.say("").await?;
        sink.hear().await?;
        sink.say("settle").await?;
        sink.hear().await?;
        Ok(Self { server, sink })
    }

    async fn run(&mut self) -> Result<f64> {
        let pid = self.server.pid()?;
        self.sink
            .say(&format!("wait {}", MESSAGES * SOCKETS as u64))
            .await?;
        self.sink.hear().await?;
        let before = cpu_seconds(pid)?;
        self.server.say(&format!("go {MESSAGES}")).await?;
        self.server.hear().await?;
        self.sink.hear().await?;
        let took = cpu_seconds(pid)? - before;
        Ok((MESSAGES * SOCKETS as u64) as f64 / took)
    }
}
