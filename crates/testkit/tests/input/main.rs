//! Bad input changes nothing: it gets a typed error in the dialect's form, the socket stays open
//! unless the protocol itself is broken, and nothing is stored. Each test has its own server, and
//! talks to it as a client would that is broken or means harm.

mod deadlines;
mod fixmate_frames;
mod fixmate_rest;
mod frames;
mod native_fields;
mod native_frames;
mod native_rest;
mod origins;
mod paths;
mod pictures;
mod rates;
mod raw;
mod rights;
mod slow_reader;
mod tokens;
mod uploads;
mod withdrawn;
mod world;

/// What a test returns: whatever the client could not do ends it.
type Outcome = Result<(), Box<dyn std::error::Error>>;
