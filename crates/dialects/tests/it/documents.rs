//! The documents that describe the protocol, as they are committed for `packages/protocol`.
//!
//! `PARLANCE_WRITE=1 cargo test -p parlance-dialects --test it documents` writes them anew.

use std::fs;
use std::path::PathBuf;

use parlance_dialects::native::{asyncapi_document, openapi_document};

fn check(name: &str, document: &str) {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = manifest.join("../../packages/protocol").join(name);
    let document = format!("{document}\n");
    if std::env::var_os("PARLANCE_WRITE").is_some() {
        fs::write(&path, document).expect("the repository can be written to");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == document,
        "packages/protocol/{name} is not what the code says; write it anew with \
         PARLANCE_WRITE=1 cargo test -p parlance-dialects --test it documents"
    );
}

#[test]
fn the_openapi_document_is_the_committed_one() {
    check("openapi.json", &openapi_document());
}

#[test]
fn the_asyncapi_document_is_the_committed_one() {
    check("asyncapi.json", &asyncapi_document());
}
