//! Numbers for operators, in Prometheus' text format.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::hub::Hub;

/// Upper bounds of the delivery histogram, in microseconds.
const BOUNDS_MICROS: [u64; 10] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000,
];

/// A counter that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn one(&self) {
        self.add(1);
    }

    /// Adds some.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All counters of a gateway.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Sockets opened.
    pub sockets_opened: Counter,
    /// Handshakes refused.
    pub handshakes_refused: Counter,
    /// Sockets closed because their reader was too slow.
    pub slow_readers: Counter,
    /// Messages that came in on sockets.
    pub frames_in: Counter,
    /// Frames queued to sockets.
    pub frames_out: Counter,
    /// Ephemeral frames dropped for readers that were behind.
    pub frames_dropped: Counter,
    /// Events handed to the hub.
    pub events: Counter,
    /// HTTP requests answered, by class of status: 1xx to 5xx.
    pub requests: [Counter; 5],
    delivery: [AtomicU64; BOUNDS_MICROS.len() + 1],
    delivery_micros: AtomicU64,
}

impl Metrics {
    /// Notes how long it took from a wish to its event being handed to the local sockets.
    pub fn delivered_after(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let slot = BOUNDS_MICROS.iter().position(|bound| micros <= *bound);
        self.delivery[slot.unwrap_or(BOUNDS_MICROS.len())].fetch_add(1, Ordering::Relaxed);
        self.delivery_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Notes an answered request.
    pub fn answered(&self, status: u16) {
        if let Some(class) = self
            .requests
            .get(usize::from(status / 100).saturating_sub(1))
        {
            class.one();
        }
    }

    /// Everything, as Prometheus reads it.
    pub fn render(&self, hub: &Hub) -> String {
        let mut out = String::with_capacity(4_096);
        gauge(
            &mut out,
            "parlance_sockets_open",
            "Open sockets.",
            hub.socket_count() as u64,
        );
        gauge(
            &mut out,
            "parlance_topics",
            "Topics listened to.",
            hub.topic_count() as u64,
        );
        if let Some(bytes) = resident_bytes() {
            gauge(
                &mut out,
                "process_resident_memory_bytes",
                "Resident memory.",
                bytes,
            );
        }
        let counters = [
            (
                "parlance_sockets_opened_total",
                "Sockets opened.",
                &self.sockets_opened,
            ),
            (
                "parlance_handshakes_refused_total",
                "Handshakes refused.",
                &self.handshakes_refused,
            ),
            (
                "parlance_slow_readers_total",
                "Sockets closed as too slow.",
                &self.slow_readers,
            ),
            (
                "parlance_frames_in_total",
                "Messages received on sockets.",
                &self.frames_in,
            ),
            (
                "parlance_frames_out_total",
                "Frames queued to sockets.",
                &self.frames_out,
            ),
            (
                "parlance_frames_dropped_total",
                "Ephemeral frames dropped.",
                &self.frames_dropped,
            ),
            (
                "parlance_events_total",
                "Events handed to the hub.",
                &self.events,
            ),
        ];
        for (name, help, counter) in counters {
            head(&mut out, name, help, "counter");
            line(&mut out, name, "", counter.get());
        }
        head(
            &mut out,
            "parlance_http_requests_total",
            "Requests answered.",
            "counter",
        );
        for (class, counter) in (1..).zip(&self.requests) {
            let label = format!("{{class=\"{class}xx\"}}");
            line(
                &mut out,
                "parlance_http_requests_total",
                &label,
                counter.get(),
            );
        }
        self.render_delivery(&mut out);
        out
    }

    fn render_delivery(&self, out: &mut String) {
        const NAME: &str = "parlance_delivery_seconds";
        head(
            out,
            NAME,
            "From a wish to its event handed to local sockets.",
            "histogram",
        );
        let mut total = 0;
        for (at, slot) in self.delivery.iter().enumerate() {
            total += slot.load(Ordering::Relaxed);
            let bound = BOUNDS_MICROS.get(at).map_or_else(
                || "+Inf".to_owned(),
                |micros| (*micros as f64 / 1e6).to_string(),
            );
            line(
                out,
                "parlance_delivery_seconds_bucket",
                &format!("{{le=\"{bound}\"}}"),
                total,
            );
        }
        let sum = self.delivery_micros.load(Ordering::Relaxed) as f64 / 1e6;
        line(out, "parlance_delivery_seconds_sum", "", sum);
        line(out, "parlance_delivery_seconds_count", "", total);
    }
}

fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    // Writing into a String cannot fail.
    let _ok = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

fn line(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ok = writeln!(out, "{name}{labels} {value}");
}

fn gauge(out: &mut String, name: &str, help: &str, value: u64) {
    head(out, name, help, "gauge");
    line(out, name, "", value);
}

/// Resident memory of this process, where the system tells.
fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}
