//! Search.

use parlance_core::change::ChangeBody;
use parlance_core::ids::{ConversationId, MessageId, UserId};
use parlance_core::member::Party;

use super::Database;
use super::world::{World, bodies};

type Viewer = Option<(UserId, bool)>;

async fn hits(world: &World, viewer: Viewer, text: &str) -> Vec<String> {
    hits_in(world, viewer, None, text).await
}

async fn hits_in(
    world: &World,
    viewer: Viewer,
    place: Option<ConversationId>,
    text: &str,
) -> Vec<String> {
    let found = world
        .store
        .search_messages(world.app, viewer, place, text, None, 100);
    found.await.unwrap().into_iter().map(|m| m.body).collect()
}

/// ASCII, accents, Cyrillic, Greek.
pub async fn finds_parts_of_words_in_any_case(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    for text in ["The kitchen SINK leaks", "École à Zürich", "Привет, мир"] {
        world.send(place, ann, text).await;
    }
    let cases = [
        ("sink", "The kitchen SINK leaks"),
        ("ITCHEN S", "The kitchen SINK leaks"),
        ("éCOLE", "École à Zürich"),
        ("ZÜRICH", "École à Zürich"),
        ("пРИВЕТ", "Привет, мир"),
    ];
    let viewer = Some((ann, false));
    // A few messages at first, then many more.
    for _ in 0..2 {
        for (text, found) in cases {
            assert_eq!(hits(&world, viewer, text).await, [found], "{text}");
        }
        assert!(hits(&world, viewer, "sank").await.is_empty());
        assert!(hits(&world, viewer, "").await.is_empty());
        world.fill(place, ann).await;
    }
}

/// No character is a wildcard, a quote or an operator.
pub async fn every_character_is_literal(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let texts = [
        "100% sure",
        "100 sure",
        "snake_case",
        "snakeXcase",
        "say \"hello\" AND go",
        "a\\b*c",
    ];
    for text in texts {
        world.send(place, ann, text).await;
    }
    let cases = [
        ("100%", vec!["100% sure"]),
        ("%", vec!["100% sure"]),
        ("_", vec!["snake_case"]),
        ("snake_c", vec!["snake_case"]),
        ("\"hello\"", vec!["say \"hello\" AND go"]),
        ("\" AND", vec!["say \"hello\" AND go"]),
        ("\\b*", vec!["a\\b*c"]),
        ("sure OR go", vec![]),
        ("sur*", vec![]),
    ];
    let viewer = Some((ann, false));
    // A few messages at first, then many more; how far back short texts are found is bounded.
    for shortest in [1, 3] {
        for (text, found) in cases.iter().filter(|(text, _)| text.len() >= shortest) {
            assert_eq!(hits(&world, viewer, text).await, *found, "{text}");
        }
        world.fill(place, ann).await;
    }
}

/// One and two characters, folded as well.
pub async fn short_texts_are_found(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, agent) = (world.user("ann").await, world.user("agent").await);
    let place = world.desk(ann).await;
    world.send(place, ann, "Ok").await;
    world.send(place, ann, "Ünder").await;
    for viewer in [Some((ann, false)), Some((agent, true)), None] {
        assert_eq!(hits(&world, viewer, "oK").await, ["Ok"]);
        assert_eq!(hits(&world, viewer, "ü").await, ["Ünder"]);
        assert_eq!(hits_in(&world, viewer, Some(place), "n").await, ["Ünder"]);
        assert!(hits(&world, viewer, "zz").await.is_empty());
    }
}

/// Living conversations of a member, of the staff, of the app; one conversation alone.
pub async fn finds_only_what_the_viewer_may_read(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob, agent) = (
        world.user("ann").await,
        world.user("bob").await,
        world.user("agent").await,
    );
    let direct = world.direct(&[ann, bob]).await;
    let desk = world.desk(bob).await;
    let left = world.direct(&[ann, bob]).await;
    let deleted = world.direct(&[ann, bob]).await;
    for (place, text) in [
        (direct, "needle direct"),
        (desk, "needle desk"),
        (left, "needle left"),
        (deleted, "needle deleted"),
    ] {
        world.send(place, bob, text).await;
    }
    world
        .must(left, ChangeBody::RemoveMember(Party::User(ann)))
        .await;
    world.must(deleted, ChangeBody::DeleteConversation).await;
    let other = World::with_app(std::sync::Arc::clone(&world.store), "second").await;
    let eve = other.user("eve").await;
    let elsewhere = other.direct(&[eve]).await;
    other.send(elsewhere, eve, "needle elsewhere").await;
    for text in ["needle", "ne"] {
        let found = |viewer| hits(&world, viewer, text);
        assert_eq!(found(Some((ann, false))).await, ["needle direct"]);
        assert_eq!(found(Some((agent, false))).await, Vec::<String>::new());
        assert_eq!(found(Some((agent, true))).await, ["needle desk"]);
        assert_eq!(
            found(Some((ann, true))).await,
            ["needle desk", "needle direct"]
        );
        let of_app = ["needle left", "needle desk", "needle direct"];
        assert_eq!(found(None).await, of_app);
        let of_one = hits_in(&world, None, Some(desk), text).await;
        assert_eq!(of_one, ["needle desk"]);
        assert_eq!(
            hits(&other, Some((eve, false)), text).await,
            ["needle elsewhere"]
        );
    }
}

/// Right after each, whether the message was in the index before or not.
pub async fn follows_sends_edits_and_deletions(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let viewer = Some((ann, false));
    // Enough that a store with an index brings it forward before it searches.
    let old = world.send(place, ann, "an old needle").await;
    world.fill(place, ann).await;
    let new = world.send(place, ann, "a new needle").await;
    assert_eq!(
        hits(&world, viewer, "needle").await,
        ["a new needle", "an old needle"]
    );
    for message in [&old, &new] {
        world.edit(message, "a changed thread").await;
    }
    assert!(hits(&world, viewer, "needle").await.is_empty());
    let changed = ["a changed thread", "a changed thread"];
    assert_eq!(hits(&world, viewer, "THREAD").await, changed);
    let react = ChangeBody::React {
        message: old.id,
        user: ann,
        emoji: "+".into(),
        add: true,
    };
    world.must(place, react).await;
    assert_eq!(hits(&world, viewer, "changed").await, changed);
    for message in [&old, &new] {
        world.delete(message).await;
    }
    assert!(hits(&world, viewer, "thread").await.is_empty());
    assert_eq!(hits(&world, viewer, "hay").await.len(), 100);
}

/// Page after page, over index and whatever it does not cover yet.
pub async fn pages_of_hits_are_newest_first(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let mut sent = Vec::new();
    for round in 0..8 {
        let text = |at| {
            if at % 3 == 0 {
                format!("needle {round} {at}")
            } else {
                "hay".into()
            }
        };
        let group = (0..300)
            .map(|at| world.sending(place, ann, &text(at)))
            .collect();
        world.store.commit(group).await;
        sent.extend((0..300).step_by(3).map(text));
    }
    sent.reverse();
    let mut found = Vec::new();
    let mut before: Option<MessageId> = None;
    loop {
        let viewer = Some((ann, false));
        let page = world
            .store
            .search_messages(world.app, viewer, None, "needle", before, 70);
        let page = page.await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        found.extend(bodies(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(found, sent);
}
