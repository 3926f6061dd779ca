//! Frames that no dialect takes, the same for all of them.

/// Not JSON at all.
pub(crate) const NOT_JSON: &[&str] = &[
    "",
    " ",
    "{",
    "}",
    "{]",
    "hello",
    "{'id': 1, 'type': 'ping'}",
    r#"{"id": 1, "type": "ping",}"#,
    r#"{"id": 1, "type": "ping"} {"id": 2, "type": "ping"}"#,
    r#"{"id": 1, "type": "pi\ng", "data": {"#,
    "{\"id\": 1, \"type\": \"\u{0}\"}",
    "NaN",
];

/// JSON, but no object.
pub(crate) const NO_OBJECT: &[&str] = &[
    "null",
    "true",
    "7",
    "-1.5e3",
    "\"ping\"",
    "[]",
    r#"[1, "ping"]"#,
    r#"[1, "ping", {}]"#,
    r#"[{"id": 1, "type": "ping"}]"#,
];

/// Brackets in brackets.
pub(crate) fn deep(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// What the limits let a frame have.
pub(crate) const FRAME_BYTES: usize = 1024 * 1024;

/// A text of exactly so many bytes: `head`, filler, `tail`.
pub(crate) fn padded(head: &str, tail: &str, bytes: usize) -> String {
    let filler = bytes - head.len() - tail.len();
    format!("{head}{}{tail}", "x".repeat(filler))
}

/// Texts whose bytes are no UTF-8.
pub(crate) const NO_UTF8: &[&[u8]] = &[
    b"\xff",
    b"{\"id\": 1, \"type\": \"ping\", \"pad\": \"\xc3\x28\"}",
    // A surrogate.
    b"\xed\xa0\x80",
    // Longer than it needs to be.
    b"\xc0\xaf",
    // Cut off.
    b"caf\xc3",
];
