//! Cases, right and wrong, against the fake.

use parlance_testkit::conformance::{Case, Target, has_dialect, run_case};
use serde_json::{Value, json};

use crate::fake::Fake;

/// As text: the order of a file's users counts, and `json!` would sort them.
const WORLD: &str = r#"{
    "users": {
        "zoe": {"role": "customer", "first_name": "Zoe"},
        "alf": {"role": "admin", "is_staff": true}
    },
    "conversations": {"c1": {
        "members": {"provider": "zoe", "customer": "alf"},
        "context": {"kind": "job", "title": "Fix the sink"},
        "messages": [{"from": "alf", "text": "hello"}]
    }}
}"#;

fn case(name: &str, steps: &Value) -> Case {
    let line = format!(
        r#"{{"case": "{name}", "about": "made up", "source": "client", "features": [],
            "world": {WORLD}, "steps": {steps}}}"#
    );
    Case::parse(&line).unwrap()
}

async fn play(fake: &Fake, steps: Value) -> Result<(), String> {
    play_as(fake, "scripted/made-up", steps).await
}

async fn play_as(fake: &Fake, name: &str, steps: Value) -> Result<(), String> {
    run_case(&fake.target, &case(name, &steps))
        .await
        .map_err(|failure| failure.to_string())
}

fn asked(fake: &Fake, route: &str) -> Value {
    let asked = fake.asked.lock().unwrap();
    asked
        .iter()
        .find(|(name, _)| name == route)
        .unwrap()
        .1
        .clone()
}

#[tokio::test]
async fn a_world_is_built_through_the_operator_api() {
    let fake = Fake::start().await;
    play(&fake, json!([])).await.unwrap();
    let app = asked(&fake, "apps");
    assert_eq!(app["dialects"], json!(["scripted"]));
    assert_eq!(
        app["host"],
        json!(format!("{}.parlance.test", app["name"].as_str().unwrap()))
    );
    let users = asked(&fake, "users");
    let host = app["host"].as_str().unwrap();
    assert_eq!(
        users["users"][0]["external_id"], "zoe",
        "people keep the order of the file"
    );
    assert_eq!(users["users"][0]["username"], format!("zoe@{host}"));
    assert_eq!(users["users"][0]["email"], format!("zoe@{host}"));
    assert_eq!(users["users"][1]["is_staff"], true);
    assert_eq!(
        asked(&fake, "conversations"),
        json!({"kind": "direct", "title": "Fix the sink",
               "members": [{"user": 10, "part": "provider"}, {"user": 11, "part": "customer"}],
               "context": {"kind": "job", "title": "Fix the sink"},
               "messages": [{"from": 11, "text": "hello"}]})
    );
}

#[tokio::test]
async fn desks_and_their_staff_follow_the_dialect() {
    let fake = Fake::start().await;
    play_as(&fake, "drivecash/made-up", json!([]))
        .await
        .unwrap();
    assert_eq!(asked(&fake, "conversations")["kind"], "desk");
    let users = asked(&fake, "users");
    assert_eq!(users["users"][0]["is_staff"], false);
    assert_eq!(users["users"][1]["is_staff"], true);
}

#[tokio::test]
async fn requests_carry_what_the_case_says_and_nothing_else() {
    let fake = Fake::start().await;
    let steps = json!([
        {"do": "http", "as": "zoe", "method": "PUT", "path": "/echo/?c={c1.id}",
         "json": {"to": "{alf.id}", "text": "job {c1.job_id}"},
         "expect": {"status": 200, "json": {
            "method": "PUT", "target": "/echo/?c=c%3A70", "authorization": "Bearer t-10",
            "content_type": "application/json", "cookie": null, "host": "$string:host",
            "url": "$url:url", "body": "{\"text\":\"job 12\",\"to\":11}"}}},
        {"do": "http", "as": null, "method": "POST", "path": "{url}", "form": {"b": "1 2", "a": "&"},
         "expect": {"json": {"target": "/echo/?absolute=1", "host": "{host}", "body": "a=%26&b=1+2",
            "authorization": null, "content_type": "application/x-www-form-urlencoded"}}},
        {"do": "http", "as": {"token": "{zoe.refresh}"}, "method": "POST", "path": "/echo/",
         "text": "{not json", "expect": {"json": {
            "authorization": "Bearer r-10", "body": "{not json", "content_type": "application/json"}}},
        {"do": "http", "as": null, "method": "POST", "path": "/echo/",
         "multipart": {"note": "x", "file": {"filename": "a.txt", "content_type": "text/plain", "fill": 2}},
         "expect": {"json": {
            "content_type": "multipart/form-data; boundary=----parlance-conformance-7f4a1c90b2"}}}
    ]);
    assert_eq!(play(&fake, steps).await, Ok(()));
}

#[tokio::test]
async fn an_address_that_leads_away_is_not_followed() {
    let fake = Fake::start().await;
    let steps = json!([
        {"do": "http", "method": "GET", "path": "http://elsewhere.test/echo/"}
    ]);
    let failure = play(&fake, steps).await.unwrap_err();
    assert!(
        failure.contains("http://elsewhere.test/echo/ leads away from the server"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_wrong_status_or_field_fails_with_step_path_expected_and_got() {
    let fake = Fake::start().await;
    let ask = |expect: Value| json!([{"do": "http", "method": "GET", "path": "/echo/", "expect": expect}]);
    let failure = play(&fake, ask(json!({"json": {"method": "$int"}})))
        .await
        .unwrap_err();
    let wanted =
        "step 1 of 1 (http GET /echo/): at $.method: expected \"$int\", got \"GET\"\n  body: {";
    assert!(failure.starts_with(wanted), "{failure}");
    let failure = play(&fake, ask(json!({"json": {"m": 1}})))
        .await
        .unwrap_err();
    assert!(
        failure.contains("at $.m: expected 1, got nothing; the object has "),
        "{failure}"
    );
    let failure = play(&fake, ask(json!({"status": 404}))).await.unwrap_err();
    assert!(
        failure.contains("status: expected 404, got 200 with {"),
        "{failure}"
    );
}

#[tokio::test]
async fn sockets_carry_the_credential_as_the_dialect_says() {
    let fake = Fake::start().await;
    let steps = |token: Value, cookie: Value| {
        json!([
            {"do": "open", "as": "zoe", "socket": "z", "path": "/ws/hello/"},
            {"do": "recv", "socket": "z", "json": {"token": token, "cookie": cookie}},
            {"do": "open", "as": {"token": "a b"}, "socket": "l", "path": "/ws/hello/?v=1"},
            {"do": "recv", "socket": "l", "json": {"token": "a b", "cookie": null}}
        ])
    };
    assert_eq!(play(&fake, steps(json!("t-10"), json!(null))).await, Ok(()));
    let by_cookie = steps(json!(null), json!("sessionid=cookie-of-t-10"));
    assert_eq!(play_as(&fake, "fixmate/made-up", by_cookie).await, Ok(()));
}

#[tokio::test]
async fn frames_are_sent_received_and_matched() {
    let fake = Fake::start().await;
    let steps = json!([
        {"do": "open", "socket": "a", "path": "/ws/echo/"},
        {"do": "send", "socket": "a", "json": {"id": "{zoe.id}"}},
        {"do": "recv", "socket": "a", "json": {"number": "$int:n", "text": "{\"id\":10}"}},
        {"do": "send", "socket": "a", "text": "{oops"},
        {"do": "send", "socket": "a", "binary_base64": "AAEC"},
        {"do": "recv", "socket": "a", "any_order": [{"text": "3 bytes"}, {"text": "{oops"}]},
        {"do": "silent", "socket": "a", "ms": 50},
        {"do": "close", "socket": "a"},
        {"do": "open", "socket": "a", "path": "/ws/echo/"},
        {"do": "send", "socket": "a", "text": "again"},
        {"do": "recv", "socket": "a", "json": {"number": "{n}"}}
    ]);
    assert_eq!(play(&fake, steps).await, Ok(()));
}

#[tokio::test]
async fn a_missing_frame_fails() {
    let fake = Fake::impatient().await;
    let steps = json!([
        {"do": "open", "socket": "a", "path": "/ws/mute/"},
        {"do": "send", "socket": "a", "text": "anybody?"},
        {"do": "recv", "socket": "a", "json": {"type": "echo"}}
    ]);
    let failure = play(&fake, steps).await.unwrap_err();
    let wanted = "step 3 of 3 (recv a): no frame (expected {\"type\":\"echo\"}) within 300ms";
    assert_eq!(failure, wanted);
    let steps = json!([
        {"do": "open", "socket": "a", "path": "/ws/echo/"},
        {"do": "send", "socket": "a", "text": "one"},
        {"do": "recv", "socket": "a", "any_order": [{"text": "one"}, {"text": "two"}]}
    ]);
    let failure = play(&fake, steps).await.unwrap_err();
    assert!(
        failure.contains("(recv a): only 1 of 2 frames (expected [{"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_wrong_frame_fails() {
    let fake = Fake::start().await;
    let steps = |wanted: Value| {
        json!([
            {"do": "open", "socket": "a", "path": "/ws/echo/"},
            {"do": "send", "socket": "a", "text": "x"},
            {"do": "recv", "socket": "a", "json": wanted}
        ])
    };
    let failure = play(&fake, steps(json!({"text": "y"}))).await.unwrap_err();
    assert!(
        failure.starts_with("step 3 of 3 (recv a): at $.text: expected \"y\", got \"x\""),
        "{failure}"
    );
    let failure = play(&fake, steps(json!({"text": "{never}"})))
        .await
        .unwrap_err();
    assert!(failure.contains("the case knows no {never}"), "{failure}");
    let steps = json!([
        {"do": "open", "socket": "a", "path": "/ws/not-json/"},
        {"do": "recv", "socket": "a", "json": {}}
    ]);
    let failure = play(&fake, steps).await.unwrap_err();
    assert!(failure.contains("the frame is no JSON"), "{failure}");
}

#[tokio::test]
async fn an_extra_frame_breaks_the_silence() {
    let fake = Fake::start().await;
    let steps = json!([
        {"do": "open", "socket": "a", "path": "/ws/chatty/"},
        {"do": "send", "socket": "a", "text": "x"},
        {"do": "recv", "socket": "a", "json": {"type": "echo"}},
        {"do": "silent", "socket": "a", "ms": 10_000}
    ]);
    let failure = play(&fake, steps).await.unwrap_err();
    let wanted = "(silent a 10000 ms): expected silence, got the frame {\"type\":\"extra\"}";
    assert!(failure.ends_with(wanted), "{failure}");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let fake = Fake::impatient().await;
    let open = |script: &str, refused: Value| json!([{"do": "open", "socket": "x", "path": format!("/ws/{script}/"), "expect": {"refused": refused}}]);
    for (script, refused) in [
        ("refused", json!(true)),
        ("refused", json!({"status": 403})),
        ("closes", json!(true)),
        ("closes", json!({"close": 4001})),
        ("echo", json!(false)),
    ] {
        assert_eq!(play(&fake, open(script, refused)).await, Ok(()));
    }
    for (script, refused, wanted) in [
        (
            "echo",
            json!(true),
            "expected a refusal, got an open socket that stayed open",
        ),
        (
            "echo",
            json!({"status": 403}),
            "expected a refusal with 403, got an open socket",
        ),
        (
            "hello",
            json!(true),
            "expected a refusal, got an open socket and the frame {",
        ),
        (
            "refused",
            json!({"status": 404}),
            "expected a refusal with 404, got the status 403",
        ),
        (
            "refused",
            json!({"close": 4001}),
            "expected a close with 4001 at once, got the status 403",
        ),
        (
            "closes",
            json!({"close": 4003}),
            "got an open socket and a close with code 4001",
        ),
        (
            "closes",
            json!({"status": 403}),
            "expected a refusal with 403, got an open socket",
        ),
        (
            "refused",
            json!(false),
            "expected an open socket, refused with 403",
        ),
    ] {
        let failure = play(&fake, open(script, refused)).await.unwrap_err();
        assert!(failure.contains(wanted), "{failure}");
    }
}

#[tokio::test]
async fn a_close_by_the_server_is_wanted_with_its_code() {
    let fake = Fake::impatient().await;
    let steps = |script: &str, closed: Value| json!([{"do": "open", "socket": "a", "path": format!("/ws/{script}/")}, closed]);
    let closed = |code: Value| json!({"do": "closed", "socket": "a", "code": code});
    assert_eq!(
        play(&fake, steps("closes", closed(json!(4001)))).await,
        Ok(())
    );
    assert_eq!(
        play(&fake, steps("closes", closed(json!(null)))).await,
        Ok(())
    );
    for (script, wanted) in [
        (
            "closes",
            "expected a close with code 4002, got a close with code 4001",
        ),
        ("hello", "expected a close with code 4002, got the frame {"),
        (
            "mute",
            "no frame (expected a close with code 4002) within 300ms",
        ),
    ] {
        let failure = play(&fake, steps(script, closed(json!(4002))))
            .await
            .unwrap_err();
        assert!(failure.contains(wanted), "{failure}");
    }
}

#[tokio::test]
async fn socket_io_works_on_every_transport() {
    let fake = Fake::start().await;
    for transports in [
        json!(null),
        json!(["websocket"]),
        json!(["polling"]),
        json!(["polling", "websocket"]),
    ] {
        let beats = transports != json!(["polling"]);
        let mut steps = vec![
            json!({"do": "sio_open", "as": "zoe", "socket": "s", "transports": transports}),
            json!({"do": "sio_recv", "socket": "s", "event": "welcome",
                   "json": {"auth": "{\"token\":\"t-10\"}"}}),
            json!({"do": "sio_emit", "socket": "s", "event": "say", "json": {"to": "{alf.id}"}}),
            json!({"do": "sio_recv", "socket": "s", "event": "echo", "json": {"event": ["say", {"to": 11}]}}),
            json!({"do": "silent", "socket": "s", "ms": 50}),
            json!({"do": "sio_close", "socket": "s"}),
        ];
        if beats {
            steps.insert(
                2,
                json!({"do": "sio_recv", "socket": "s", "event": "pong", "json": null}),
            );
        }
        assert_eq!(play(&fake, json!(steps)).await, Ok(()), "{transports}");
    }
}

#[tokio::test]
async fn socket_io_names_its_namespace_and_its_auth() {
    let fake = Fake::start().await;
    let steps = json!([
        {"do": "sio_open", "as": null, "socket": "n", "path": "/ws/chat/{c1.id}/", "transports": ["polling"]},
        {"do": "sio_recv", "socket": "n", "event": "welcome", "json": {"auth": ""}},
        {"do": "sio_emit", "socket": "n", "event": "go"},
        {"do": "sio_recv", "socket": "n", "event": "echo", "json": {"event": ["go"]}},
        {"do": "sio_open", "auth": {"k": "{zoe.id}"}, "socket": "a", "path": "/a", "transports": ["polling"]},
        {"do": "sio_recv", "socket": "a", "event": "welcome", "json": {"auth": "{\"k\":10}"}},
        {"do": "sio_open", "as": "zoe", "socket": "x", "path": "/no", "expect": {"refused": true}}
    ]);
    assert_eq!(play(&fake, steps).await, Ok(()));
}

#[tokio::test]
async fn socket_io_failures_say_what_came() {
    let fake = Fake::impatient().await;
    let steps = |last: Value| json!([{"do": "sio_open", "as": null, "socket": "s", "transports": ["polling"]}, last]);
    for (last, wanted) in [
        (
            json!({"do": "sio_recv", "socket": "s", "event": "other"}),
            "expected the event \"other\", got the event \"welcome\" [{\"auth\":\"\"}]",
        ),
        (
            json!({"do": "sio_recv", "socket": "s", "event": "welcome", "json": {"auth": "x"}}),
            "at $.auth: expected \"x\", got \"\"",
        ),
        (
            json!({"do": "silent", "socket": "s", "ms": 10_000}),
            "expected silence, got the event",
        ),
        (
            json!({"do": "sio_open", "as": null, "socket": "t", "expect": {"refused": true}}),
            "expected a connect error, got a connection",
        ),
        (
            json!({"do": "sio_open", "as": null, "socket": "t", "path": "/no"}),
            "expected a connection, got the connect error {\"message\":\"not you\"}",
        ),
    ] {
        let failure = play(&fake, steps(last)).await.unwrap_err();
        assert!(failure.contains(wanted), "{failure}");
    }
}

#[tokio::test]
async fn a_dialect_that_the_server_lacks_is_found_out() {
    let fake = Fake::start().await;
    assert_eq!(has_dialect(&fake.target, "scripted").await, Ok(true));
    assert_eq!(has_dialect(&fake.target, "klingon").await, Ok(false));
}

#[tokio::test]
async fn a_server_that_builds_no_worlds_is_named_with_its_answer() {
    let fake = Fake::start().await;
    let target = Target {
        operator_key: "wrong".to_owned(),
        ..fake.target
    };
    let failure = has_dialect(&target, "scripted")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        failure.starts_with("no worlds can be built at http://127.0.0.1:"),
        "{failure}"
    );
    assert!(failure.contains("POST /parlance/v1/apps: 401"), "{failure}");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let failure = has_dialect(&Target::new(&base_url, "k").unwrap(), "x")
        .await
        .unwrap_err();
    assert!(
        failure.to_string().contains("no connection to 127.0.0.1:"),
        "{failure}"
    );
}
