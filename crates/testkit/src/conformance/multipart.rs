//! `multipart/form-data` bodies, RFC 7578.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::case::{FilePart, Named, Part};
use super::failure::Failure;
use super::scope::Scope;

/// Occurs in no case; a body that holds it would be misread, so it is checked.
const BOUNDARY: &str = "----parlance-conformance-7f4a1c90b2";

/// A body and the value of its `Content-Type`.
pub(super) fn encode(parts: &Named<Part>, scope: &Scope) -> Result<(String, Vec<u8>), Failure> {
    let mut body = Vec::new();
    for (name, part) in &parts.0 {
        let (head, bytes) = match part {
            Part::Field(text) => (String::new(), scope.fill_text(text)?.into_bytes()),
            Part::File(file) => (
                file_head(file),
                file_bytes(file, scope).map_err(|e| e.at(name))?,
            ),
        };
        if bytes
            .windows(BOUNDARY.len())
            .any(|window| window == BOUNDARY.as_bytes())
        {
            return Err(Failure::new(format!(
                "{name}: holds the boundary {BOUNDARY}"
            )));
        }
        let name = quoted(name);
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(&bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Ok((format!("multipart/form-data; boundary={BOUNDARY}"), body))
}

fn file_head(file: &FilePart) -> String {
    format!(
        "; filename=\"{}\"\r\nContent-Type: {}",
        quoted(&file.filename),
        file.content_type
    )
}

fn file_bytes(file: &FilePart, scope: &Scope) -> Result<Vec<u8>, Failure> {
    match (&file.text, &file.base64, file.fill) {
        (Some(text), None, None) => Ok(scope.fill_text(text)?.into_bytes()),
        (None, Some(encoded), None) => STANDARD
            .decode(encoded)
            .map_err(|error| Failure::new(format!("base64 of the part: {error}"))),
        (None, None, Some(size_bytes)) => Ok(vec![b'a'; size_bytes]),
        _ => Err(Failure::new("a file part has one of text, base64 and fill")),
    }
}

/// A name as browsers write it inside quotes.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn body(parts: Value) -> Result<String, Failure> {
        let parts: Named<Part> = serde_json::from_value(parts).unwrap();
        let mut scope = Scope::default();
        scope.set("c1.id", json!(7));
        encode(&parts, &scope).map(|(_, body)| String::from_utf8(body).unwrap())
    }

    #[test]
    fn fields_and_files_stand_one_after_the_other() {
        let file = json!({"filename": "a \"b\".txt", "content_type": "text/plain", "fill": 3});
        assert_eq!(
            body(json!({"a_room": "{c1.id}", "file": file})).unwrap(),
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"a_room\"\r\n\r\n7\r\n\
                 --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"a %22b%22.txt\"\r\nContent-Type: text/plain\r\n\r\naaa\r\n\
                 --{BOUNDARY}--\r\n"
            )
        );
    }

    #[test]
    fn a_file_has_exactly_one_source() {
        let file = json!({"filename": "a", "content_type": "text/plain", "text": "", "fill": 0});
        assert!(body(json!({"file": file})).is_err());
        let file = json!({"filename": "a", "content_type": "image/png", "base64": "aGk="});
        assert!(
            body(json!({"file": file}))
                .unwrap()
                .contains("\r\n\r\nhi\r\n")
        );
    }
}
