//! The contract of [`parlance_core::store::Store`], written once for every store.
//!
//! A store supplies a [`Database`] and invokes [`crate::store_suite!`], which makes one named test
//! of each case:
//!
//! ```ignore
//! parlance_testkit::store_suite!(TempDatabase::new());
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the cases of a suite are tests: they fail by panicking"
)]

pub mod accounts;
pub mod changes;
pub mod conversations;
pub mod documents;
pub mod faults;
pub mod messages;
pub mod model;
pub mod search;
pub mod users;
pub mod world;

use std::sync::Arc;

use parlance_core::store::Store;

/// A private, empty database, which goes away with its value.
pub trait Database {
    /// Opens it, the first time or again.
    fn open(&self) -> impl Future<Output = Arc<dyn Store>> + Send;
}

/// One test of each case of the suite. Takes an expression that makes a fresh [`Database`].
#[macro_export]
macro_rules! store_suite {
    ($database:expr) => {
        $crate::store_suite! { @cases $database;
            accounts: an_account_is_found_by_username_then_by_email, tokens_and_passwords_are_kept,
                credentials_are_stored_once_and_revoked_once, revoked_tokens_are_known;
            changes: a_group_keeps_its_order, concurrent_groups_leave_no_hole,
                a_repeated_client_id_answers_with_the_first_message,
                a_client_id_belongs_to_sender_and_conversation,
                a_unique_key_makes_one_living_conversation, a_refused_change_leaves_nothing,
                reactions_are_kept_in_order, a_caller_who_goes_away_loses_nothing;
            conversations: lists_are_ordered_and_paged, lists_filter,
                staff_lists_hold_desk_conversations, deleted_conversations_are_gone,
                members_come_and_go, undelivered_names_what_has_not_arrived,
                partners_share_a_living_conversation;
            documents: a_document_is_found_in_its_app_and_kind, a_subject_has_one_document,
                a_document_is_replaced_in_its_present_version_only,
                documents_are_listed_by_kind_and_owner;
            faults: a_poison_change_fails_alone, a_restart_keeps_everything,
                a_closed_store_refuses, deleting_an_app_leaves_the_others;
            messages: pages_before_after_around, tombstones_only_when_asked_for,
                changes_since_any_revision, messages_of_a_user_come_by_rising_id,
                receipts_of_a_page, files_are_found_by_their_messages;
            model: unread_agrees_with_a_model;
            search: finds_parts_of_words_in_any_case, every_character_is_literal,
                short_texts_are_found, finds_only_what_the_viewer_may_read,
                follows_sends_edits_and_deletions, pages_of_hits_are_newest_first;
            users: upserts_merge, upserts_are_all_or_none, usernames_are_unique_without_case,
                registration_needs_a_new_user, users_are_listed_by_id, apps_are_made_once;
        }
    };
    (@cases $database:expr; $($subject:ident: $($case:ident),+;)+) => {
        $(mod $subject {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::store_suite::$subject::$case(&$database).await;
            })+
        })+
    };
}
