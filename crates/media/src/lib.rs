//! Attachment bytes behind the core's Media trait.
