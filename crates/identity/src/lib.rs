//! Accounts, token verification, sessions and revocation.
