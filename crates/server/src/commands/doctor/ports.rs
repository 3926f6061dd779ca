//! Whether the addresses can be listened on, or who is there already.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Finding;
use crate::listeners::listen;
use crate::settings::Settings;

/// A server on this machine answers sooner.
const PATIENCE: Duration = Duration::from_secs(3);

/// Enough of an answer to know it by.
const ANSWER_BYTES: u64 = 4_096;

pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    let general = settings.server.listen.iter().copied();
    let own = settings.apps.iter().filter_map(|app| app.listen);
    let mut findings = Vec::new();
    for address in general.chain(own) {
        findings.push(check_one(address).await);
    }
    findings
}

async fn check_one(address: SocketAddr) -> Finding {
    // Addresses that are only bound do not collide with one that is listened on.
    match listen(address) {
        Ok(_) => Finding::ok(format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let answered = tokio::time::timeout(PATIENCE, health_of(address)).await;
            if answered.is_ok_and(|answer| answer.is_some_and(|text| is_parlance(&text))) {
                Finding::ok(format!("{address} is taken by a Parlance server that runs"))
            } else {
                Finding::fail(format!(
                    "{address} is taken by another program; stop it, or choose another port"
                ))
            }
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Finding::fail(format!(
            "{address}: this user may not listen there; choose a port above 1023"
        )),
        Err(error) => Finding::fail(format!(
            "{address}: {error}; write an address that this machine has, or 0.0.0.0 for all"
        )),
    }
}

async fn health_of(address: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(reachable(address)).await.ok()?;
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.ok()?;
    let mut answer = Vec::new();
    stream
        .take(ANSWER_BYTES)
        .read_to_end(&mut answer)
        .await
        .ok()?;
    String::from_utf8(answer).ok()
}

/// What listens on all addresses is reached on the loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn is_parlance(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nok\n")
}
