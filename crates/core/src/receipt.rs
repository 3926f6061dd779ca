//! Receipts: who has read and received what.

use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::member::Party;
use crate::message::Message;

/// How far a message has come, seen from its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryStatus {
    /// On disk here.
    Sent,
    /// On a device of at least one other party.
    Delivered,
    /// Read by at least one other party.
    Read,
}

impl DeliveryStatus {
    /// `sent`, `delivered` or `read`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }
}

/// One party's marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Whose.
    pub party: Party,
    /// Everything up to here is read.
    pub read_seq: i64,
    /// Everything up to here is delivered.
    pub delivered_seq: i64,
    /// When it last moved by reading.
    pub read_at: Option<Timestamp>,
}

/// All marks of one conversation, enough to tell the state of each message of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipts {
    /// One mark a member.
    pub marks: Vec<Mark>,
    /// Single messages read beyond a member's mark, for the page's range.
    pub single_reads: Vec<(Party, i64)>,
}

impl Receipts {
    /// Has `party` read the message (or written it)?
    pub fn read_by(&self, party: Party, message: &Message) -> bool {
        message.sender_party == Some(party)
            || self
                .marks
                .iter()
                .any(|m| m.party == party && m.read_seq >= message.seq)
            || self.single_reads.contains(&(party, message.seq))
    }

    /// Has that named user read it?
    pub fn read_by_user(&self, user: UserId, message: &Message) -> bool {
        self.read_by(Party::User(user), message)
    }

    /// When a party other than its author's last read, if one has read the message.
    pub fn read_at(&self, message: &Message) -> Option<Timestamp> {
        let others = self.marks.iter();
        let others = others.filter(|mark| Some(mark.party) != message.sender_party);
        others
            .filter(|mark| self.read_by(mark.party, message))
            .filter_map(|mark| mark.read_at)
            .min()
    }

    /// How far it has come among the parties other than its author's.
    pub fn status(&self, message: &Message) -> DeliveryStatus {
        let mut best = DeliveryStatus::Sent;
        for mark in self
            .marks
            .iter()
            .filter(|m| Some(m.party) != message.sender_party)
        {
            if self.read_by(mark.party, message) {
                return DeliveryStatus::Read;
            }
            if mark.delivered_seq >= message.seq {
                best = DeliveryStatus::Delivered;
            }
        }
        best
    }
}

impl Mark {
    /// A member's marks.
    pub const fn of(member: &crate::member::Member) -> Self {
        Self {
            party: member.party,
            read_seq: member.read_seq,
            delivered_seq: member.delivered_seq,
            read_at: member.read_at,
        }
    }
}
