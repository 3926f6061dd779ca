//! Joining, leaving, muting, archiving.

use super::{Chat, input};
use crate::change::{ChangeBody, Outcome};
use crate::command::ConversationView;
use crate::error::{ChatError, Fault};
use crate::ids::{ConversationRef, UserRef};
use crate::member::{Member, Party};
use crate::people::People;
use crate::principal::Principal;
use crate::rate::RateClass;
use crate::writer::Done;

impl Chat {
    /// Adds a user to a conversation, or lets a former member back in.
    ///
    /// # Errors
    /// `NotFound` (conversation), `Invalid` (unknown user, too many members).
    pub async fn add_member(
        &self,
        by: &Principal,
        conversation: impl Into<ConversationRef>,
        user: impl Into<UserRef>,
        part: String,
    ) -> Result<(Member, People), ChatError> {
        self.take(by, RateClass::Change)?;
        let seat = self.writable(by, conversation.into()).await?;
        input::check_len(
            "members",
            seat.state.members.len() + 1,
            self.limits().members,
        )?;
        let user = match self.user_id(by, user.into()).await {
            Ok(user) => user,
            Err(ChatError::NotFound(_)) => {
                return Err(ChatError::invalid("user", Fault::Unknown));
            }
            Err(other) => return Err(other),
        };
        let new = Self::new_member(Party::User(user), part)?;
        let done = self
            .commit(by, seat.id(), ChangeBody::AddMember(new))
            .await?;
        member_of(done)
    }

    /// Removes a member; anybody may leave, staff and the host's backend may remove others.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`.
    pub async fn remove_member(
        &self,
        by: &Principal,
        conversation: impl Into<ConversationRef>,
        user: impl Into<UserRef>,
    ) -> Result<(), ChatError> {
        self.take(by, RateClass::Change)?;
        let seat = self.writable(by, conversation.into()).await?;
        let user = self.user_id(by, user.into()).await?;
        let may = by.user().is_none_or(|me| me.id == user || me.is_staff);
        if !may {
            return Err(ChatError::Forbidden("only staff may remove others"));
        }
        let change = ChangeBody::RemoveMember(Party::User(user));
        self.commit(by, seat.id(), change).await.map(drop)
    }

    /// Mutes or archives a conversation for the principal's party alone.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` (the host's backend is no member).
    pub async fn update_membership(
        &self,
        by: &Principal,
        conversation: impl Into<ConversationRef>,
        muted: Option<bool>,
        archived: Option<bool>,
    ) -> Result<(ConversationView, People), ChatError> {
        self.take(by, RateClass::Change)?;
        let seat = self.writable(by, conversation.into()).await?;
        let party = seat
            .party
            .ok_or(ChatError::Forbidden("only members mute and archive"))?;
        let change = ChangeBody::UpdateMember {
            party,
            muted,
            archived,
        };
        self.commit(by, seat.id(), change).await?;
        self.view(by, seat.id()).await
    }
}

fn member_of(done: Done) -> Result<(Member, People), ChatError> {
    match done.committed.outcome {
        Outcome::MemberAdded(member) => Ok((member, done.people)),
        _ => Err(ChatError::Unavailable { perhaps_done: true }),
    }
}
