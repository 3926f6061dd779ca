//! The operator API under /parlance/v1, the same for every app.
