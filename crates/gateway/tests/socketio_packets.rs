//! Packets of Engine.IO and Socket.IO: what is written can be read, and nothing that is read panics.

use std::borrow::Cow;

use parlance_gateway::socketio::engine::{EnginePacket, join_payload, split_payload};
use parlance_gateway::socketio::packet::{self, Kind, Packet};
use proptest::prelude::*;
use serde_json::{Value, json};

fn namespace() -> impl Strategy<Value = String> {
    prop_oneof![Just("/".to_owned()), "/[^,\\x1e]{0,20}"]
}

fn argument() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn events_come_out_as_they_went_in(
        namespace in namespace(),
        name in ".*",
        argument in argument(),
        ack in prop::option::of(0..1_000_000_u64),
    ) {
        let argument = argument.to_string();
        let mut text = packet::event(&namespace, &name, &argument, None);
        if let Some(ack) = ack {
            let json = format!("[{},{argument}]", Value::from(name.as_str()));
            let head = text.strip_suffix(json.as_str()).expect("the arguments come last");
            text = format!("{head}{ack}{json}");
        }
        let kind = Kind::Event { name: Cow::Owned(name), argument: Some(&argument), ack };
        prop_assert_eq!(Packet::parse(&text), Ok(Packet { namespace: &namespace, kind }));
    }

    #[test]
    fn several_packets_share_a_body(packets in prop::collection::vec("[0-6][^\\x1e]*", 1..9)) {
        let body = join_payload(packets.iter().map(String::as_bytes));
        let body = String::from_utf8(body).expect("the packets are text");
        prop_assert_eq!(split_payload(&body).expect("as joined"), packets.clone());
        for text in &packets {
            let packet = EnginePacket::parse(text).expect("of a known type");
            // Types that have no data lose it.
            let again = packet.encode();
            prop_assert!(text.starts_with(&again));
            prop_assert_eq!(EnginePacket::parse(&again), Ok(packet));
        }
    }

    #[test]
    fn no_text_panics(text in ".*", like in "[0-6][0-9]{0,3}-?(/[a-z]*,?)?[0-9]{0,25}[\\[{\"a,}\\]]*") {
        for text in [text, like] {
            let _malformed = EnginePacket::parse(&text);
            let _malformed = Packet::parse(&text);
            let _malformed = split_payload(&text);
        }
    }
}

#[test]
fn packets_are_the_protocols_own_examples() {
    let parsed = |text| Packet::parse(text).expect("a packet");
    let of = |namespace, kind| Packet { namespace, kind };
    assert_eq!(parsed("0"), of("/", Kind::Connect(None)));
    assert_eq!(parsed("0/admin"), of("/admin", Kind::Connect(None)));
    let auth = r#"{"token":"123"}"#;
    assert_eq!(
        parsed(r#"0/admin,{"token":"123"}"#),
        of("/admin", Kind::Connect(Some(auth)))
    );
    assert_eq!(parsed("1/admin,"), of("/admin", Kind::Disconnect));
    let event = |name, argument, ack| Kind::Event {
        name: Cow::Borrowed(name),
        argument,
        ack,
    };
    assert_eq!(parsed(r#"2["foo"]"#), of("/", event("foo", None, None)));
    assert_eq!(
        parsed(r#"2/admin,12["foo",{"a":1},2]"#),
        of("/admin", event("foo", Some(r#"{"a":1}"#), Some(12)))
    );
    let binary = r#"51-/admin,7["baz",{"_placeholder":true,"num":0}]"#;
    let kind = Kind::BinaryEvent {
        attachments: 1,
        ack: Some(7),
    };
    assert_eq!(parsed(binary), of("/admin", kind));
    assert_eq!(
        parsed("3/admin,13[\"bar\"]"),
        of("/admin", Kind::Ack { attachments: 0 })
    );
}

#[test]
fn what_the_server_says_is_the_protocols_form() {
    assert_eq!(packet::connected("/", "x", None), r#"0{"sid":"x"}"#);
    assert_eq!(
        packet::connected("/ws/", "x", Some("y")),
        r#"0/ws/,{"pid":"y","sid":"x"}"#
    );
    let data = json!({ "code": 1 });
    assert_eq!(
        packet::connect_error("/a", "no", Some(&data)),
        r#"4/a,{"data":{"code":1},"message":"no"}"#
    );
    assert_eq!(packet::disconnected("/a"), "1/a,");
    assert_eq!(packet::event("/", "x", "{}", None), r#"2["x",{}]"#);
    assert_eq!(packet::event("/", "x", "{}", Some("o")), r#"2["x",{},"o"]"#);
    assert_eq!(packet::answer("/a", 7, None), "3/a,7[]");
    assert_eq!(packet::answer("/", 7, Some("{}")), "37[{}]");
}
