//! Repository chores: `cargo run -p xtask -- NAME`.

fn main() {}
