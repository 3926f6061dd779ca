//! How often passes.

use parlance_core::limits::Rate;

use super::section::section;

section! {
    /// How often: so many in the long run (a second, /min, /h), and so many at once after a pause.
    /// What is too often is refused with 429 and Retry-After, or the dialect's form of it.
    struct RateSettings in "rates" {
        /// Messages sent by one user.
        send: Rate = "50/s burst 200";
        /// Other changes by one user: edits, reactions, marks, typing.
        change: Rate = "100/s burst 300";
        /// Questions by one user: lists, pages, search.
        query: Rate = "100/s burst 400";
        /// Uploads by one user.
        upload: Rate = "2/s burst 30";
        /// Sockets opened by one user.
        connect: Rate = "10/s burst 100";
        /// Requests with one app key, of all kinds together.
        host: Rate = "5000/s burst 10000";
        /// Failed logins with one name, in dialects with a login of their own.
        failed_login: Rate = "10/min burst 10";
        /// Logins and registrations of all users together; each costs a password hash.
        login: Rate = "50/s burst 200";
    }
}
