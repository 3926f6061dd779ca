//! The binary `parlance`.

fn main() {}
