//! Plays a case's steps, in order, each against what the one before left.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use super::case::{
    As, ClosedStep, HttpExpect, HttpStep, OpenStep, RecvStep, Refused, RefusedExactly, SendStep,
    SilentStep, SioEmitStep, SioOpenStep, SioRecvStep, SocketStep, Step,
};
use super::credentials::{Habits, token_of, with_query_token};
use super::failure::Failure;
use super::http::{Answer, Outgoing, send};
use super::matcher::{match_json, match_unordered, shorten};
use super::multipart;
use super::scope::{Scope, plain};
use super::socket_io::{self, Connected, SioIncoming, SioSocket};
use super::target::Target;
use super::websocket::{self, Handshake, Incoming, Socket};

/// A case in the middle of its steps.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) target: &'a Target,
    pub(super) habits: &'static Habits,
    /// Host name of the case's app.
    pub(super) host: &'a str,
    pub(super) scope: Scope,
    sockets: HashMap<String, Channel>,
}

/// An open socket of either kind.
#[derive(Debug)]
enum Channel {
    Plain(Socket),
    SocketIo(SioSocket),
}

impl<'a> Run<'a> {
    pub(super) fn new(
        target: &'a Target,
        habits: &'static Habits,
        host: &'a str,
        scope: Scope,
    ) -> Self {
        Self {
            target,
            habits,
            host,
            scope,
            sockets: HashMap::new(),
        }
    }

    /// Plays the steps; the first failure ends the case and says which step it was.
    pub(super) async fn play(&mut self, steps: &[Step]) -> Result<(), Failure> {
        for (index, step) in steps.iter().enumerate() {
            let place = || format!("step {} of {} ({})", index + 1, steps.len(), step.label());
            self.step(step)
                .await
                .map_err(|failure| failure.at(place()))?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), Failure> {
        match step {
            Step::Http(step) => self.http(step).await,
            Step::Open(step) => self.open(step).await,
            Step::Send(step) => self.send(step).await,
            Step::Recv(step) => self.recv(step).await,
            Step::Silent(step) => self.silent(step).await,
            Step::Close(step) | Step::SioClose(step) => self.close(step).await,
            Step::Closed(step) => self.closed(step).await,
            Step::SioOpen(step) => self.sio_open(step).await,
            Step::SioEmit(step) => self.sio_emit(step).await,
            Step::SioRecv(step) => self.sio_recv(step).await,
        }
    }

    async fn http(&mut self, step: &HttpStep) -> Result<(), Failure> {
        let method = Method::from_bytes(step.method.as_bytes())
            .map_err(|_| Failure::new(format!("{:?} is no method", step.method)))?;
        let (host, path) = self.address(&step.path)?;
        let request = self.with_body(Outgoing::new(method, &host, path), step)?;
        let request = match &step.by {
            None => request,
            Some(As::User(user)) => {
                self.habits
                    .sign(self.target, &self.scope, request, user)
                    .await?
            }
            Some(As::Literal(literal)) => self
                .habits
                .sign_literal(request, &self.scope.fill_text(&literal.token)?)?,
        };
        let answer = send(self.target, request).await?;
        match &step.expect {
            Some(expect) => self.check(expect, &answer),
            None => Ok(()),
        }
    }

    /// Host and path of a request. An absolute address of an earlier answer names its own host, which
    /// must be one that leads to this server.
    fn address(&self, path: &str) -> Result<(String, String), Failure> {
        let filled = self.scope.fill_path(path)?;
        if filled.starts_with('/') {
            return Ok((self.host.to_owned(), filled));
        }
        let url = url::Url::parse(&filled).map_err(|error| {
            Failure::new(format!("{filled:?} is neither path nor URL: {error}"))
        })?;
        let host = url.host_str().unwrap_or_default();
        let ours = self
            .target
            .authority
            .rsplit_once(':')
            .map_or("", |(host, _)| host);
        if host != self.host && host != ours {
            let known = format!("{} or {ours}", self.host);
            return Err(Failure::new(format!(
                "{filled} leads away from the server; not to {known}"
            )));
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let query = url
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        Ok((authority, format!("{}{query}", url.path())))
    }

    fn with_body(&self, request: Outgoing, step: &HttpStep) -> Result<Outgoing, Failure> {
        match (&step.json, &step.form, &step.text, &step.multipart) {
            (None, None, None, None) => Ok(request),
            (Some(document), None, None, None) => request.json(&self.scope.fill(document)?),
            (None, Some(fields), None, None) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in &fields.0 {
                    form.append_pair(name, &plain(&self.scope.fill(value)?));
                }
                request.body("application/x-www-form-urlencoded", form.finish())
            }
            (None, None, Some(text), None) => {
                request.body("application/json", self.scope.fill_text(text)?)
            }
            (None, None, None, Some(parts)) => {
                let (content_type, body) = multipart::encode(parts, &self.scope)?;
                request.body(&content_type, body)
            }
            _ => Err(Failure::new(
                "a request has one of json, form, text and multipart",
            )),
        }
    }

    fn check(&mut self, expect: &HttpExpect, answer: &Answer) -> Result<(), Failure> {
        let status = answer.status.as_u16();
        if let Some(wanted) = expect.status.filter(|wanted| *wanted != status) {
            let got = answer.excerpt();
            return Err(Failure::new(format!(
                "status: expected {wanted}, got {status} with {got}"
            )));
        }
        let Some(wanted) = &expect.json else {
            return Ok(());
        };
        let body = answer.json()?;
        match_json(wanted, &body, &mut self.scope)
            .map_err(|mismatch| Failure::from(mismatch).with(format!("body: {}", shorten(&body))))
    }

    async fn open(&mut self, step: &OpenStep) -> Result<(), Failure> {
        let path = self.scope.fill_path(&step.path)?;
        let handshake = Outgoing::new(Method::GET, self.host, path);
        let handshake = match &step.by {
            None => handshake,
            Some(As::User(user)) => {
                self.habits
                    .sign_handshake(self.target, &self.scope, handshake, user)
                    .await?
            }
            Some(As::Literal(literal)) => {
                with_query_token(handshake, &self.scope.fill_text(&literal.token)?)
            }
        };
        let opened = websocket::open(self.target, handshake).await?;
        let refused = step.expect.as_ref().map(|expect| &expect.refused);
        match refused {
            None | Some(Refused::Somehow(false)) => match opened {
                Handshake::Open(socket) => {
                    self.sockets
                        .insert(step.socket.clone(), Channel::Plain(socket));
                    Ok(())
                }
                Handshake::Refused(status) => {
                    let status = status.as_u16();
                    Err(Failure::new(format!(
                        "expected an open socket, refused with {status}"
                    )))
                }
            },
            Some(refused) => self.check_refusal(refused, opened).await,
        }
    }

    async fn check_refusal(&self, refused: &Refused, opened: Handshake) -> Result<(), Failure> {
        let wanted = match refused {
            Refused::Somehow(_) => "a refusal".to_owned(),
            Refused::Exactly(RefusedExactly::Status(status)) => format!("a refusal with {status}"),
            Refused::Exactly(RefusedExactly::Close(code)) => format!("a close with {code} at once"),
        };
        let not = |got: String| Err(Failure::new(format!("expected {wanted}, got {got}")));
        match (refused, opened) {
            (Refused::Somehow(_), Handshake::Refused(status)) if status.is_client_error() => Ok(()),
            (Refused::Exactly(RefusedExactly::Status(wanted)), Handshake::Refused(status))
                if *wanted == status.as_u16() =>
            {
                Ok(())
            }
            (_, Handshake::Refused(status)) => not(format!("the status {}", status.as_u16())),
            (Refused::Exactly(RefusedExactly::Status(_)), Handshake::Open(_)) => {
                not("an open socket".to_owned())
            }
            (_, Handshake::Open(mut socket)) => {
                let next = tokio::time::timeout(self.target.deadline, socket.next()).await;
                match (refused, next) {
                    (Refused::Somehow(_), Ok(Some(Incoming::Closed(_)))) => Ok(()),
                    (
                        Refused::Exactly(RefusedExactly::Close(wanted)),
                        Ok(Some(Incoming::Closed(Some(code)))),
                    ) if *wanted == code => Ok(()),
                    (_, Ok(Some(incoming))) => {
                        not(format!("an open socket and {}", incoming.describe()))
                    }
                    (_, Ok(None)) => not("an open socket and its sudden end".to_owned()),
                    (_, Err(_)) => {
                        let waited = self.target.deadline;
                        not(format!("an open socket that stayed open for {waited:?}"))
                    }
                }
            }
        }
    }

    async fn send(&mut self, step: &SendStep) -> Result<(), Failure> {
        match (&step.json, &step.text, &step.binary_base64) {
            (Some(document), None, None) => {
                let text = self.scope.fill(document)?.to_string();
                self.plain_socket(&step.socket)?.send_text(text).await
            }
            (None, Some(text), None) => {
                let text = self.scope.fill_text(text)?;
                self.plain_socket(&step.socket)?.send_text(text).await
            }
            (None, None, Some(encoded)) => {
                let bytes = STANDARD
                    .decode(encoded)
                    .map_err(|error| Failure::new(format!("binary_base64: {error}")))?;
                self.plain_socket(&step.socket)?.send_binary(bytes).await
            }
            _ => Err(Failure::new("send has one of json, text and binary_base64")),
        }
    }

    async fn recv(&mut self, step: &RecvStep) -> Result<(), Failure> {
        match (&step.json, &step.any_order) {
            (Some(wanted), None) => {
                let what = format!("no frame (expected {})", shorten(wanted));
                let frame = self.next_frame(&step.socket, &what).await?;
                match_json(wanted, &frame, &mut self.scope).map_err(|mismatch| {
                    Failure::from(mismatch).with(format!("frame: {}", shorten(&frame)))
                })
            }
            (None, Some(wanted)) => {
                let mut frames = Vec::with_capacity(wanted.len());
                for number in 1..=wanted.len() {
                    let what = format!(
                        "only {} of {} frames (expected {}; got {})",
                        number - 1,
                        wanted.len(),
                        shorten(&json!(wanted)),
                        shorten(&json!(frames)),
                    );
                    frames.push(self.next_frame(&step.socket, &what).await?);
                }
                match_unordered(wanted, &frames, &mut self.scope).map_err(|mismatch| {
                    Failure::from(mismatch).with(format!("frames: {}", shorten(&json!(frames))))
                })
            }
            _ => Err(Failure::new("recv has one of json and any_order")),
        }
    }

    async fn next_frame(&mut self, name: &str, what: &str) -> Result<Value, Failure> {
        let target = self.target;
        let socket = self.plain_socket(name)?;
        let incoming = target
            .within(what, async { Ok(socket.next().await) })
            .await?;
        match incoming {
            Some(Incoming::Text(text)) => serde_json::from_str(&text).map_err(|error| {
                Failure::new(format!(
                    "the frame is no JSON ({error}): {}",
                    shorten(&json!(text))
                ))
            }),
            Some(other) => Err(Failure::new(format!("{what} but {}", other.describe()))),
            None => Err(Failure::new(format!("{what}: the connection had ended"))),
        }
    }

    async fn silent(&mut self, step: &SilentStep) -> Result<(), Failure> {
        let heard = match self.channel(&step.socket)? {
            Channel::Plain(socket) => {
                let next =
                    tokio::time::timeout(Duration::from_millis(step.ms), socket.next()).await;
                next.map(|incoming| incoming.map(|incoming| incoming.describe()))
            }
            Channel::SocketIo(socket) => {
                let next =
                    tokio::time::timeout(Duration::from_millis(step.ms), socket.next()).await;
                next.map(|incoming| incoming.map(|incoming| incoming.describe()))
            }
        };
        match heard {
            Err(_) => Ok(()),
            Ok(Some(what)) => Err(Failure::new(format!("expected silence, got {what}"))),
            Ok(None) => Err(Failure::new(
                "expected silence, but the connection had ended",
            )),
        }
    }

    async fn close(&mut self, step: &SocketStep) -> Result<(), Failure> {
        self.channel(&step.socket)?;
        let close = async {
            match self.sockets.remove(&step.socket) {
                Some(Channel::Plain(socket)) => socket.close().await,
                Some(Channel::SocketIo(socket)) => socket.close().await,
                None => {}
            }
            Ok(())
        };
        self.target.within("no answer to the close", close).await
    }

    async fn closed(&mut self, step: &ClosedStep) -> Result<(), Failure> {
        let target = self.target;
        let socket = self.plain_socket(&step.socket)?;
        let wanted = match step.code {
            Some(code) => format!("a close with code {code}"),
            None => "a close".to_owned(),
        };
        let what = format!("no frame (expected {wanted})");
        let incoming = target
            .within(&what, async { Ok(socket.next().await) })
            .await?;
        let got = match incoming {
            Some(Incoming::Closed(code)) if step.code.is_none_or(|wanted| code == Some(wanted)) => {
                self.sockets.remove(&step.socket);
                return Ok(());
            }
            Some(other) => other.describe(),
            None => "nothing more: the connection had ended".to_owned(),
        };
        Err(Failure::new(format!("expected {wanted}, got {got}")))
    }

    async fn sio_open(&mut self, step: &SioOpenStep) -> Result<(), Failure> {
        let namespace = self.scope.fill_text(&step.path)?;
        let auth = match (&step.auth, &step.by) {
            (Some(auth), _) => Some(self.scope.fill(auth)?),
            (None, None) => None,
            (None, Some(As::User(user))) => Some(json!({"token": token_of(&self.scope, user)?})),
            (None, Some(As::Literal(literal))) => {
                Some(json!({"token": self.scope.fill_text(&literal.token)?}))
            }
        };
        let transports = step.transports.as_deref();
        let host = self.host;
        let opened =
            socket_io::open(self.target, host, &namespace, auth.as_ref(), transports).await?;
        let refused = step.expect.is_some_and(|expect| expect.refused);
        match (opened, refused) {
            (Connected::Refused(_), true) => Ok(()),
            (Connected::Open(socket), false) => {
                self.sockets
                    .insert(step.socket.clone(), Channel::SocketIo(socket));
                Ok(())
            }
            (Connected::Open(_), true) => {
                Err(Failure::new("expected a connect error, got a connection"))
            }
            (Connected::Refused(why), false) => Err(Failure::new(format!(
                "expected a connection, got the connect error {why}"
            ))),
        }
    }

    async fn sio_emit(&mut self, step: &SioEmitStep) -> Result<(), Failure> {
        let argument = step
            .json
            .as_ref()
            .map(|document| self.scope.fill(document))
            .transpose()?;
        self.sio_socket(&step.socket)?
            .emit(&step.event, argument)
            .await
    }

    async fn sio_recv(&mut self, step: &SioRecvStep) -> Result<(), Failure> {
        let target = self.target;
        let what = format!("no event (expected {:?})", step.event);
        let socket = self.sio_socket(&step.socket)?;
        let incoming = target
            .within(&what, async { Ok(socket.next().await) })
            .await?;
        let argument = match incoming {
            Some(SioIncoming::Event { name, arguments }) if name == step.event => {
                arguments.into_iter().next().unwrap_or(Value::Null)
            }
            Some(other) => {
                let wanted = &step.event;
                let got = other.describe();
                return Err(Failure::new(format!(
                    "expected the event {wanted:?}, got {got}"
                )));
            }
            None => return Err(Failure::new(format!("{what}: the session had ended"))),
        };
        match &step.json {
            None => Ok(()),
            Some(wanted) => match_json(wanted, &argument, &mut self.scope).map_err(|mismatch| {
                Failure::from(mismatch).with(format!("argument: {}", shorten(&argument)))
            }),
        }
    }

    fn channel(&mut self, name: &str) -> Result<&mut Channel, Failure> {
        let found = self.sockets.get_mut(name);
        found.ok_or_else(|| Failure::new(format!("no socket {name:?} is open")))
    }

    fn plain_socket(&mut self, name: &str) -> Result<&mut Socket, Failure> {
        match self.channel(name)? {
            Channel::Plain(socket) => Ok(socket),
            Channel::SocketIo(_) => Err(Failure::new(format!("{name:?} is a Socket.IO socket"))),
        }
    }

    fn sio_socket(&mut self, name: &str) -> Result<&mut SioSocket, Failure> {
        match self.channel(name)? {
            Channel::SocketIo(socket) => Ok(socket),
            Channel::Plain(_) => Err(Failure::new(format!("{name:?} is a WebSocket"))),
        }
    }
}
