//! Fills a new data folder: people, and a conversation with some messages in it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use parlance_core::Chat;
use parlance_core::app::App;
use parlance_core::clock::Timestamp;
use parlance_core::command::{
    ConversationView, CreateConversation, MarkRead, PostAs, ReadTarget, SendMessage,
};
use parlance_core::conversation::{Context, ConversationKind};
use parlance_core::error::ChatError;
use parlance_core::ids::{ConversationId, ConversationRef};
use parlance_core::member::{NewMember, Party};
use parlance_core::principal::Principal;
use parlance_core::user::User;
use parlance_identity::Identity;
use serde_json::Map;
use uuid::Uuid;

use super::people::{CUSTOMER, PASSWORD, PEOPLE, PROVIDER};

/// The seeded conversation is found again by it.
const KEY: &str = "demo:first-conversation";

/// Shortest password; the demo's own is longer.
const MIN_PASSWORD_CHARS: usize = 8;

/// Who says what, and how many minutes before the seeding.
const MESSAGES: [(bool, &str, u64); 6] = [
    (
        true,
        "Hello! Is this the place to ask about the leaking tap?",
        55,
    ),
    (
        false,
        "It is 👋 What does it do: drip from the spout, or leak at the handle?",
        52,
    ),
    (
        true,
        "From the spout, one drop a second. It kept me awake.",
        50,
    ),
    (
        false,
        "Then it is the washer. I have one that fits; it takes half an hour.",
        47,
    ),
    (true, "Great. Would tomorrow morning do?", 20),
    (
        false,
        "Ten o'clock. Send a picture of the tap, so that I bring the right size 🔧",
        18,
    ),
];

/// The demo's people and their conversation in one app.
pub(crate) struct Seeded {
    /// In the order of [`PEOPLE`].
    pub(crate) users: Vec<Arc<User>>,
    /// The seeded conversation.
    pub(crate) conversation: (ConversationId, Uuid),
}

/// Makes what is not there yet; changes nothing that is.
///
/// # Errors
/// The store's.
pub(crate) async fn seed(chat: &Chat, identity: &Identity, app: &App) -> anyhow::Result<Seeded> {
    let host = Principal::App(app.id);
    let users = seed_people(chat, identity, &host).await?;
    let view = seed_conversation(chat, &host, &users).await?;
    let head = &view.conversation.head;
    Ok(Seeded {
        users,
        conversation: (head.id, head.uuid),
    })
}

async fn seed_people(
    chat: &Chat,
    identity: &Identity,
    host: &Principal,
) -> anyhow::Result<Vec<Arc<User>>> {
    let mut users = Vec::new();
    for person in &PEOPLE {
        let user = match chat.user_by_external_id(host, person.username).await {
            Ok(user) => user,
            Err(ChatError::NotFound(_)) => {
                let made = chat.upsert_users(host, vec![person.to_upsert()]).await?;
                let user = made
                    .into_iter()
                    .next()
                    .context("an upsert answers with its user")?;
                identity
                    .set_password(user.id, PASSWORD, MIN_PASSWORD_CHARS)
                    .await?;
                user
            }
            Err(other) => return Err(other.into()),
        };
        users.push(user);
    }
    Ok(users)
}

async fn seed_conversation(
    chat: &Chat,
    host: &Principal,
    users: &[Arc<User>],
) -> anyhow::Result<ConversationView> {
    let by_name = |username: &str| {
        let mut all = users.iter();
        all.find(|user| user.username == username)
            .context("all people were made before")
    };
    let (customer, provider) = (by_name(CUSTOMER.username)?, by_name(PROVIDER.username)?);
    let member = |user: &User, part: &str| NewMember {
        party: Party::User(user.id),
        part: part.to_owned(),
    };
    let now = chat.now();
    let ago = |minutes: u64| {
        let micros = i64::try_from(Duration::from_secs(minutes * 60).as_micros()).unwrap_or(0);
        Some(Timestamp::from_micros(now.as_micros() - micros))
    };
    let opened = chat
        .create_conversation(
            host,
            CreateConversation {
                kind: ConversationKind::Direct,
                members: vec![
                    member(customer, CUSTOMER.role),
                    member(provider, PROVIDER.role),
                ],
                title: Some("Leaking tap".to_owned()),
                context: Some(Context {
                    kind: "job".to_owned(),
                    id: Some("1".to_owned()),
                    title: Some("Leaking tap".to_owned()),
                    url: None,
                    metadata: Map::new(),
                }),
                metadata: Map::new(),
                unique_key: Some(KEY.to_owned()),
                created_at: ago(60),
            },
        )
        .await?;
    if !opened.created {
        return Ok(opened.view);
    }
    let conversation = ConversationRef::Id(opened.view.conversation.head.id);
    for (index, (by_customer, text, minutes)) in MESSAGES.iter().enumerate() {
        let sender = if *by_customer { customer } else { provider };
        let message = SendMessage {
            client_id: Some(format!("demo-{index}")),
            post_as: PostAs::User(sender.id),
            created_at: ago(*minutes),
            ..SendMessage::text(conversation, *text)
        };
        chat.send_message(host, message).await?;
    }
    // The customer has seen all but the last; the provider has seen everything.
    let seen_by = [
        (customer, ReadTarget::UpTo(MESSAGES.len() as i64 - 1)),
        (provider, ReadTarget::All),
    ];
    for (user, target) in seen_by {
        let reader = Principal::for_user(Arc::clone(user), None);
        let wish = MarkRead {
            conversation,
            target,
            announce_unchanged: false,
        };
        chat.mark_read(&reader, wish).await?;
    }
    Ok(opened.view)
}
