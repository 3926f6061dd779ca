//! Finds the pages that the binary takes in, or makes one that says how to build them.

use std::path::{Path, PathBuf};
use std::{env, fs};

const FALLBACK: &str = include_str!("src/pages/not-built.html");

fn main() {
    let source = Path::new(&variable("CARGO_MANIFEST_DIR")).join("../../packages/pages");
    let built = source.join("dist");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/pages/not-built.html");
    let pages = if built.join("index.html").is_file() {
        println!("cargo:rerun-if-changed={}", built.display());
        built
    } else {
        // A path that is not there would have everything compiled again each time.
        println!("cargo:rerun-if-changed={}", source.display());
        fallback()
    };
    println!("cargo:rustc-env=PARLANCE_PAGES_DIR={}", pages.display());
}

fn fallback() -> PathBuf {
    let folder = Path::new(&variable("OUT_DIR")).join("pages");
    fs::create_dir_all(&folder).expect("cargo made OUT_DIR for us to write to");
    for page in ["index.html", "chat.html", "fixmate.html"] {
        fs::write(folder.join(page), FALLBACK).expect("cargo made OUT_DIR for us to write to");
    }
    folder
}

fn variable(name: &str) -> String {
    env::var(name).expect("cargo sets it for build scripts")
}
