//! Wishes as values, for sessions that are pure and cannot call: the gateway runs them.

use super::Chat;
use super::resume::{Resume, Resumed};
use crate::command::{MarkRead, Marked, SendMessage, Sent};
use crate::error::ChatError;
use crate::ids::{ConversationRef, MessageRef};
use crate::people::People;
use crate::principal::Principal;

/// A wish of a socket's session.
#[derive(Debug, Clone)]
pub enum Request {
    /// [`Chat::send_message`]
    SendMessage(Box<SendMessage>),
    /// [`Chat::edit_message`]
    EditMessage {
        /// Which.
        message: MessageRef,
        /// The new words.
        body: String,
    },
    /// [`Chat::delete_message`]
    DeleteMessage(MessageRef),
    /// [`Chat::react`]
    React {
        /// To what.
        message: MessageRef,
        /// With what.
        emoji: String,
        /// Add, or take back.
        add: bool,
        /// Refuse unless the message is of this conversation.
        within: Option<ConversationRef>,
    },
    /// [`Chat::mark_read`]
    MarkRead(MarkRead),
    /// [`Chat::mark_delivered`]
    MarkDelivered {
        /// Where.
        conversation: ConversationRef,
        /// Up to which seq.
        up_to: i64,
    },
    /// [`Chat::mark_all_delivered`]
    MarkAllDelivered,
    /// [`Chat::set_typing`]
    SetTyping {
        /// Where.
        conversation: ConversationRef,
        /// Whether.
        typing: bool,
    },
    /// [`Chat::online_partners`]
    OnlinePartners,
    /// [`Chat::resume`]
    Resume(Resume),
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The message, as it stands now.
    Message(Box<Sent>),
    /// The mark, as it stands now.
    Marked(Box<Marked>),
    /// Who is online.
    People(People),
    /// What was missed.
    Resumed(Box<Resumed>),
    /// It is so.
    Done,
}

impl Chat {
    /// Runs a session's wish.
    ///
    /// # Errors
    /// As the method that the request names.
    pub async fn run(&self, by: &Principal, request: Request) -> Result<Reply, ChatError> {
        let sent = |sent| Reply::Message(Box::new(sent));
        let marked = |marked| Reply::Marked(Box::new(marked));
        match request {
            Request::SendMessage(wish) => self.send_message(by, *wish).await.map(sent),
            Request::EditMessage { message, body } => {
                self.edit_message(by, message, body).await.map(sent)
            }
            Request::DeleteMessage(message) => {
                self.delete_message(by, message).await.map(|()| Reply::Done)
            }
            Request::React {
                message,
                emoji,
                add,
                within,
            } => {
                if let Some(within) = within {
                    self.is_within(by, message, within).await?;
                }
                self.react(by, message, &emoji, add).await.map(sent)
            }
            Request::MarkRead(wish) => self.mark_read(by, wish).await.map(marked),
            Request::MarkDelivered {
                conversation,
                up_to,
            } => self
                .mark_delivered(by, conversation, up_to)
                .await
                .map(marked),
            Request::MarkAllDelivered => self.mark_all_delivered(by).await.map(|()| Reply::Done),
            Request::SetTyping {
                conversation,
                typing,
            } => self
                .set_typing(by, conversation, typing)
                .await
                .map(|()| Reply::Done),
            Request::OnlinePartners => self.online_partners(by).await.map(Reply::People),
            Request::Resume(client) => self
                .resume(by, client)
                .await
                .map(|r| Reply::Resumed(Box::new(r))),
        }
    }

    /// Refuses a message of another conversation as if it did not exist.
    async fn is_within(
        &self,
        by: &Principal,
        message: MessageRef,
        conversation: ConversationRef,
    ) -> Result<(), ChatError> {
        let seat = self.readable(by, conversation).await?;
        let (_, message) = self.visible_message(by, message).await?;
        if message.conversation == seat.id() {
            Ok(())
        } else {
            Err(super::NO_MESSAGE)
        }
    }
}
