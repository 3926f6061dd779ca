//! Wire contracts: bytes to commands, events to bytes; one folder a dialect.
