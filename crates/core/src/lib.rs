//! Rules, access, commands and events of chat; knows no transport, no SQL, no JSON of a dialect.
