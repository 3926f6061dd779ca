//! Media as others see it: the contract on the folder, and uploads end to end.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test like the tests themselves"
)]

mod folder;
mod pictures;
mod uploads;
