//! `child bare LENGTH`: the bare broadcast. Accepts sockets (any handshake is answered), and for a
//! line `go N` writes one frame of LENGTH bytes to every socket, N times; one `write` a frame and
//! socket, nothing else. Says `port P` first and `done` after each line.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

pub(crate) async fn run(args: &[&str]) -> Result<()> {
    let length: usize = args.first().context("bare LENGTH")?.parse()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("port {}", listener.local_addr()?.port());
    let sockets: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    tokio::spawn(accept(listener, Arc::clone(&sockets)));
    let frame = frame(length);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let times: usize = line.strip_prefix("go ").context("go N")?.parse()?;
        for _ in 0..times {
            broadcast(&sockets, &frame)?;
            // The sink's core reads meanwhile; a full socket would be waited for.
            tokio::task::yield_now().await;
        }
        println!("done");
    }
    Ok(())
}

fn broadcast(sockets: &Mutex<Vec<TcpStream>>, frame: &[u8]) -> Result<()> {
    let sockets = sockets.lock().expect("nobody panics with it");
    for socket in sockets.iter() {
        let mut left = frame;
        while !left.is_empty() {
            match socket.try_write(left) {
                Ok(written) => left = &left[written..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    std::thread::yield_now();
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

async fn accept(listener: TcpListener, sockets: Arc<Mutex<Vec<TcpStream>>>) -> Result<()> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let mut head = [0; 1_024];
        let _request = stream.read(&mut head).await?;
        stream.write_all(ANSWER).await?;
        stream.writable().await?;
        sockets.lock().expect("nobody panics with it").push(stream);
    }
}

fn frame(length: usize) -> Vec<u8> {
    let mut frame = vec![0x81, 126];
    frame.extend((length as u16).to_be_bytes());
    frame.extend(std::iter::repeat_n(b'a', length));
    frame
}
