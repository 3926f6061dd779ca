//! Documents of dialects. The principal's own app is all that is checked here: whose documents
//! somebody may see or change is the dialect's rule.

use super::{Chat, input};
use crate::document::{Document, ListDocuments, NewDocument, PutDocument};
use crate::error::{ChatError, Fault};
use crate::principal::Principal;
use crate::rate::RateClass;

/// A kind, in bytes.
const KIND_BYTES: usize = 64;
/// A subject, in bytes.
const SUBJECT_BYTES: usize = 512;
/// Documents of one list.
const AT_ONCE: usize = 1_000;

impl Chat {
    /// Makes a document. With a subject that another document of its kind has, that one is answered
    /// as it is and nothing is made.
    ///
    /// # Errors
    /// `Invalid` (no kind, or too long: the data as metadata is limited), `TooMany`, `Unavailable`.
    pub async fn put_document(
        &self,
        by: &Principal,
        new: NewDocument,
    ) -> Result<PutDocument, ChatError> {
        self.take(by, RateClass::Change)?;
        if new.kind.is_empty() {
            return Err(ChatError::invalid("kind", Fault::Required));
        }
        input::check_len("kind", new.kind.len(), KIND_BYTES)?;
        let subject = new.subject.as_ref().map_or(0, String::len);
        input::check_len("subject", subject, SUBJECT_BYTES)?;
        input::check_metadata(self.limits(), &new.data)?;
        let now = self.now();
        Ok(self.inner.store.put_document(by.app(), new, now).await?)
    }

    /// One document of the principal's app; `None` when there is none of that kind and id.
    ///
    /// # Errors
    /// `TooMany`, `Unavailable`.
    pub async fn document(
        &self,
        by: &Principal,
        kind: &str,
        id: i64,
    ) -> Result<Option<Document>, ChatError> {
        self.take(by, RateClass::Query)?;
        Ok(self.inner.store.document(by.app(), kind, id).await?)
    }

    /// The document of a kind about a subject.
    ///
    /// # Errors
    /// As [`Chat::document`].
    pub async fn document_by_subject(
        &self,
        by: &Principal,
        kind: &str,
        subject: &str,
    ) -> Result<Option<Document>, ChatError> {
        self.take(by, RateClass::Query)?;
        let store = &self.inner.store;
        Ok(store.document_by_subject(by.app(), kind, subject).await?)
    }

    /// A page of one kind; at most 1,000.
    ///
    /// # Errors
    /// As [`Chat::document`].
    pub async fn list_documents(
        &self,
        by: &Principal,
        mut query: ListDocuments,
    ) -> Result<Vec<Document>, ChatError> {
        self.take(by, RateClass::Query)?;
        query.limit = query.limit.min(AT_ONCE);
        Ok(self.inner.store.list_documents(by.app(), &query).await?)
    }

    /// Changes a document's owner and data by `change`, which is called again with the document as
    /// it then stands when somebody else changed it meanwhile. Its other fields stay as they are.
    /// `None` when it does not exist (any more).
    ///
    /// # Errors
    /// `Invalid` (data too long), what `change` refuses with, `TooMany`, `Unavailable`.
    pub async fn change_document(
        &self,
        by: &Principal,
        kind: &str,
        id: i64,
        mut change: impl FnMut(&mut Document) -> Result<(), ChatError> + Send,
    ) -> Result<Option<Document>, ChatError> {
        self.take(by, RateClass::Change)?;
        let store = &self.inner.store;
        // Of those who change one at the same time one always succeeds, so this ends.
        while let Some(stands) = store.document(by.app(), kind, id).await? {
            let mut wished = stands.clone();
            change(&mut wished)?;
            if (wished.owner, &wished.data) == (stands.owner, &stands.data) {
                return Ok(Some(stands));
            }
            input::check_metadata(self.limits(), &wished.data)?;
            let wished = Document {
                owner: wished.owner,
                data: wished.data,
                updated_at: self.now(),
                ..stands
            };
            if let Some(changed) = store.replace_document(wished).await? {
                return Ok(Some(changed));
            }
        }
        Ok(None)
    }

    /// Deletes a document; `false` when there was none.
    ///
    /// # Errors
    /// `TooMany`, `Unavailable`.
    pub async fn delete_document(
        &self,
        by: &Principal,
        kind: &str,
        id: i64,
    ) -> Result<bool, ChatError> {
        self.take(by, RateClass::Change)?;
        Ok(self.inner.store.delete_document(by.app(), kind, id).await?)
    }
}
