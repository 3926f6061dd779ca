//! What a client knows of its conversations, rebuilt from events and resume.
//!
//! The rule of the native protocol: rows are kept by their id, the one with the higher revision
//! wins, and a conversation's revision is "everything up to here is known". Events therefore move it
//! only once the socket has caught up: an event that overtakes the answer to `session.resume` says
//! nothing about what lies between.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ClientError;
use super::native::Event;

/// A message as far as the timeline compares it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// Its place in the conversation.
    pub seq: i64,
    /// The revision that last changed it.
    pub revision: i64,
    /// The sender's own id of it.
    pub client_id: Option<String>,
    /// Its words.
    pub body: String,
}

/// One conversation.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: BTreeMap<Uuid, Row>,
    /// Everything up to here is known.
    revision: i64,
    /// The highest revision heard on the present socket.
    heard: i64,
    /// Whether what was missed has come.
    caught_up: bool,
}

impl Timeline {
    /// Everything up to this revision is known.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// The messages, by `seq`.
    pub fn list(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.rows.values().cloned().collect();
        rows.sort_by_key(|row| (row.seq, row.id));
        rows
    }

    fn keep(&mut self, row: Row) {
        let known = self.rows.get(&row.id);
        if known.is_none_or(|known| known.revision <= row.revision) {
            self.rows.insert(row.id, row);
        }
    }

    fn advance(&mut self) {
        if self.caught_up {
            self.revision = self.revision.max(self.heard);
        }
    }
}

/// All conversations of one client.
#[derive(Debug, Clone, Default)]
pub struct Timelines {
    conversations: BTreeMap<Uuid, Timeline>,
}

impl Timelines {
    /// What is known of a conversation.
    pub fn conversation(&self, id: Uuid) -> Option<&Timeline> {
        self.conversations.get(&id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Uuid, &Timeline)> {
        self.conversations
            .iter()
            .map(|(id, timeline)| (*id, timeline))
    }

    /// A new socket: nothing has been heard on it yet.
    pub fn reconnect(&mut self) {
        for timeline in self.conversations.values_mut() {
            timeline.heard = 0;
            timeline.caught_up = false;
        }
    }

    /// The data of `session.resume`.
    pub fn resume_request(&self, epoch: Uuid) -> Value {
        let known: BTreeMap<Uuid, i64> = self
            .iter()
            .filter(|(_, timeline)| timeline.revision > 0)
            .map(|(id, timeline)| (id, timeline.revision))
            .collect();
        json!({ "epoch": epoch, "conversations": known })
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// `Unexpected` when it is not what the protocol promises.
    pub fn hear(&mut self, event: &Event) -> Result<(), ClientError> {
        let (Some(conversation), Some(revision)) = (event.conversation, event.revision) else {
            return Ok(());
        };
        let timeline = self.conversations.entry(conversation).or_default();
        let message = match event.kind.as_str() {
            "message.created" | "message.updated" | "message.deleted" => Some(&event.data),
            "reaction.added" | "reaction.removed" => Some(&event.data["message"]),
            _ => None,
        };
        if let Some(message) = message {
            timeline.keep(read(message)?);
        }
        timeline.heard = timeline.heard.max(revision);
        timeline.advance();
        Ok(())
    }

    /// Takes the answer to `session.resume` in; `true` when there is more to ask for.
    ///
    /// # Errors
    /// `Unexpected` when it is not what the protocol promises, or asks to drop everything.
    pub fn resume(&mut self, answer: &Value) -> Result<bool, ClientError> {
        let answer: Resumed = read(answer)?;
        if answer.reset {
            let why = "resume was answered with reset, though no older state was restored";
            return Err(ClientError::Unexpected(why.to_owned()));
        }
        let mut more = false;
        for changes in answer.conversations {
            let timeline = self
                .conversations
                .entry(changes.conversation.id)
                .or_default();
            for row in changes.messages {
                timeline.keep(row);
            }
            timeline.revision = timeline.revision.max(changes.revision);
            timeline.caught_up = !changes.has_more;
            timeline.advance();
            more |= changes.has_more;
        }
        for gone in answer.removed {
            self.conversations.remove(&gone);
        }
        if !more {
            // What was not mentioned has not changed.
            for timeline in self.conversations.values_mut() {
                timeline.caught_up = true;
                timeline.advance();
            }
        }
        Ok(more)
    }
}

#[derive(Deserialize)]
struct Resumed {
    reset: bool,
    conversations: Vec<Changes>,
    removed: Vec<Uuid>,
}

#[derive(Deserialize)]
struct Changes {
    conversation: Named,
    messages: Vec<Row>,
    revision: i64,
    has_more: bool,
}

#[derive(Deserialize)]
struct Named {
    id: Uuid,
}

fn read<T: serde::de::DeserializeOwned>(document: &Value) -> Result<T, ClientError> {
    T::deserialize(document)
        .map_err(|error| ClientError::Unexpected(format!("{error}: {document}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Uuid {
        Uuid::from_u128(7)
    }

    fn message(seq: i64, revision: i64, body: &str) -> Value {
        let id = Uuid::from_u128(u128::from(seq.unsigned_abs()) + 100);
        json!({ "id": id, "seq": seq, "revision": revision, "client_id": null, "body": body })
    }

    fn event(seq: i64, revision: i64, body: &str) -> Event {
        Event {
            kind: "message.created".to_owned(),
            conversation: Some(place()),
            revision: Some(revision),
            data: message(seq, revision, body),
        }
    }

    fn answer(messages: &[Value], revision: i64, has_more: bool) -> Value {
        json!({ "epoch": Uuid::nil(), "reset": false, "removed": [], "conversations": [{
            "conversation": { "id": place() }, "messages": messages, "revision": revision,
            "has_more": has_more,
        }]})
    }

    fn revision(timelines: &Timelines) -> i64 {
        timelines.conversation(place()).unwrap().revision()
    }

    fn bodies(timelines: &Timelines) -> Vec<String> {
        let list = timelines.conversation(place()).unwrap().list();
        list.into_iter().map(|row| row.body).collect()
    }

    #[test]
    fn an_event_that_overtakes_the_resume_does_not_hide_what_lies_between() {
        let mut timelines = Timelines::default();
        timelines
            .resume(&answer(&[message(1, 1, "a")], 1, false))
            .unwrap();
        timelines.reconnect();
        timelines.hear(&event(3, 3, "c")).unwrap();
        assert_eq!(revision(&timelines), 1, "2 is still missing");
        let more = timelines.resume(&answer(&[message(2, 2, "b")], 2, false));
        assert!(!more.unwrap());
        assert_eq!(
            (revision(&timelines), bodies(&timelines)),
            (3, ["a", "b", "c"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn a_resume_in_parts_is_known_only_as_far_as_it_has_come() {
        let mut timelines = Timelines::default();
        timelines.hear(&event(9, 9, "i")).unwrap();
        assert!(
            timelines
                .resume(&answer(&[message(1, 1, "a")], 1, true))
                .unwrap()
        );
        assert_eq!(revision(&timelines), 1);
        assert!(
            !timelines
                .resume(&answer(&[message(2, 8, "b")], 8, false))
                .unwrap()
        );
        assert_eq!(revision(&timelines), 9);
    }

    #[test]
    fn the_row_with_the_higher_revision_stays() {
        let mut timelines = Timelines::default();
        timelines
            .resume(&answer(&[message(1, 5, "new")], 5, false))
            .unwrap();
        timelines.hear(&event(1, 1, "old")).unwrap();
        assert_eq!(bodies(&timelines), ["new"]);
    }

    #[test]
    fn a_conversation_that_resume_does_not_mention_is_up_to_date() {
        let mut timelines = Timelines::default();
        timelines
            .resume(&answer(&[message(1, 1, "a")], 1, false))
            .unwrap();
        timelines.reconnect();
        let nothing = json!({ "reset": false, "removed": [], "conversations": [] });
        timelines.resume(&nothing).unwrap();
        timelines.hear(&event(2, 2, "b")).unwrap();
        assert_eq!(revision(&timelines), 2);
    }
}
