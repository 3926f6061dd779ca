//! Lists of conversations and their members.

use parlance_core::change::ChangeBody;
use parlance_core::command::{ListConversations, ReadTarget, UpdateConversation};
use parlance_core::conversation::{Context, ConversationKind, ConversationStatus};
use parlance_core::ids::{ConversationId, UserId};
use parlance_core::member::{NewMember, Party};
use serde_json::{Map, json};

use super::Database;
use super::world::World;

type Viewer = Option<(UserId, bool)>;

async fn list(world: &World, viewer: Viewer, query: &ListConversations) -> Vec<ConversationId> {
    let list = world
        .store
        .list_conversations(world.app, viewer, query, 100);
    list.await.unwrap()
}

fn joined(user: UserId) -> NewMember {
    NewMember {
        party: Party::User(user),
        part: "member".into(),
    }
}

/// Newest activity first, page after page, for a member and for the app.
pub async fn lists_are_ordered_and_paged(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let mut places = Vec::new();
    for _ in 0..5 {
        places.push(world.direct(&[ann, bob]).await);
    }
    let foreign = world.direct(&[bob]).await;
    world.send(places[1], ann, "newest").await;
    // Reading is no activity.
    world.read(places[0], bob, ReadTarget::All).await;
    let order = [places[1], places[4], places[3], places[2], places[0]];
    let everything = ListConversations::default();
    assert_eq!(list(&world, Some((ann, false)), &everything).await, order);
    let of_app = [
        places[1], foreign, places[4], places[3], places[2], places[0],
    ];
    assert_eq!(list(&world, None, &everything).await, of_app);
    let mut query = ListConversations::default();
    let mut paged = Vec::new();
    loop {
        let viewer = Some((ann, false));
        let page = world.store.list_conversations(world.app, viewer, &query, 2);
        let page = page.await.unwrap();
        let Some(last) = page.last().copied() else {
            break;
        };
        paged.extend(page);
        query.after = Some((world.row(last).await.conversation.last_activity_at, last));
    }
    assert_eq!(paged, order);
}

/// Status, putting away, members and context.
pub async fn lists_filter(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob, eve) = (
        world.user("ann").await,
        world.user("bob").await,
        world.user("eve").await,
    );
    let with_bob = world.direct(&[ann, bob]).await;
    let with_both = world.direct(&[ann, bob, eve]).await;
    let members = [Party::User(ann), Party::User(eve)];
    let about = world
        .conversation(ConversationKind::Direct, &members, |head| {
            head.context = Some(Context {
                kind: "job".into(),
                id: Some("12".into()),
                title: Some("Fix the sink".into()),
                url: None,
                metadata: Map::from_iter([("a".to_owned(), json!([1, null]))]),
            });
        })
        .await;
    let close = UpdateConversation {
        status: Some(ConversationStatus::Closed),
        ..UpdateConversation::default()
    };
    world
        .must(with_bob, ChangeBody::UpdateConversation(Box::new(close)))
        .await;
    let put_away = ChangeBody::UpdateMember {
        party: Party::User(ann),
        muted: None,
        archived: Some(true),
    };
    world.must(with_both, put_away).await;
    let base = ListConversations::default;
    let cases = [
        (
            ListConversations {
                status: Some(ConversationStatus::Closed),
                ..base()
            },
            vec![with_bob],
        ),
        (
            ListConversations {
                status: Some(ConversationStatus::Open),
                ..base()
            },
            vec![about, with_both],
        ),
        (
            ListConversations {
                archived: Some(true),
                ..base()
            },
            vec![with_both],
        ),
        (
            ListConversations {
                archived: Some(false),
                ..base()
            },
            vec![about, with_bob],
        ),
        (
            ListConversations {
                with_users: vec![bob, eve, bob],
                ..base()
            },
            vec![with_both],
        ),
        (
            ListConversations {
                with_users: vec![eve],
                ..base()
            },
            vec![about, with_both],
        ),
        (
            ListConversations {
                context_kind: Some("job".into()),
                ..base()
            },
            vec![about],
        ),
        (
            ListConversations {
                context_kind: Some("loan".into()),
                ..base()
            },
            vec![],
        ),
        (
            ListConversations {
                context_id: Some("12".into()),
                ..base()
            },
            vec![about],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(
            list(&world, Some((ann, false)), &query).await,
            expected,
            "{query:?}"
        );
        assert_eq!(
            list(&world, Some((ann, true)), &query).await,
            expected,
            "staff {query:?}"
        );
        if query.archived.is_none() {
            assert_eq!(list(&world, None, &query).await, expected, "app {query:?}");
        }
    }
    let row = world.row(about).await;
    assert_eq!(
        row.conversation.head.context.as_ref().unwrap().metadata["a"],
        json!([1, null])
    );
}

/// Staff see the desk conversations and their own, each once; customers only their own.
pub async fn staff_lists_hold_desk_conversations(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob, agent) = (
        world.user("ann").await,
        world.user("bob").await,
        world.user("agent").await,
    );
    let desk_of_ann = world.desk(ann).await;
    let desk_of_bob = world.desk(bob).await;
    let own = world.direct(&[agent, ann]).await;
    let named = world.desk(bob).await;
    world
        .must(named, ChangeBody::AddMember(joined(agent)))
        .await;
    world.direct(&[ann, bob]).await;
    let everything = ListConversations::default();
    let of_staff = list(&world, Some((agent, true)), &everything).await;
    assert_eq!(of_staff, [named, own, desk_of_bob, desk_of_ann]);
    let of_ann = list(&world, Some((ann, false)), &everything).await;
    assert_eq!(of_ann.len(), 3);
    let put_away = |party| ChangeBody::UpdateMember {
        party,
        muted: None,
        archived: Some(true),
    };
    world.must(desk_of_ann, put_away(Party::Staff)).await;
    world.must(named, put_away(Party::Staff)).await;
    let archived = |archived| ListConversations {
        archived: Some(archived),
        ..ListConversations::default()
    };
    // What is put away by the staff side stands for who is in it through that side alone.
    assert_eq!(
        list(&world, Some((agent, true)), &archived(true)).await,
        [desk_of_ann]
    );
    let others = list(&world, Some((agent, true)), &archived(false)).await;
    assert_eq!(others, [named, own, desk_of_bob]);
}

/// Not in lists, rows or by key; their head is still found, and former members hear of them.
pub async fn deleted_conversations_are_gone(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let deleted = world.direct(&[ann, bob]).await;
    let left = world.direct(&[ann, bob]).await;
    let kept = world.direct(&[ann, bob]).await;
    world.send(deleted, bob, "gone").await;
    world
        .must(left, ChangeBody::RemoveMember(Party::User(ann)))
        .await;
    world.must(deleted, ChangeBody::DeleteConversation).await;
    let everything = ListConversations::default();
    assert_eq!(list(&world, Some((ann, false)), &everything).await, [kept]);
    assert_eq!(list(&world, None, &everything).await, [kept, left]);
    let wanted = [kept, deleted, ConversationId(i64::MAX), left];
    let rows = world.store.conversation_rows(&wanted);
    let rows: Vec<_> = rows
        .await
        .unwrap()
        .iter()
        .map(|r| r.conversation.head.id)
        .collect();
    assert_eq!(rows, [kept, left]);
    let state = world
        .store
        .conversation_state(deleted)
        .await
        .unwrap()
        .unwrap();
    assert!(state.head.deleted_at.is_some());
    let by_uuid = world.store.conversation_id(world.app, state.head.uuid);
    assert_eq!(by_uuid.await.unwrap(), Some(deleted));
    let former = |limit| world.store.former_conversations(ann, limit);
    assert_eq!(former(10).await.unwrap(), [deleted, left]);
    assert_eq!(former(1).await.unwrap(), [deleted]);
    assert_eq!(world.store.undelivered(ann).await.unwrap(), []);
    let refused = world.commit(world.sending(deleted, bob, "late")).await;
    assert!(refused.is_err());
}

/// Present members in the state; changes of all by revision.
pub async fn members_come_and_go(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let place = world.direct(&[ann]).await;
    world.send(place, ann, "before").await;
    let since = world.row(place).await.conversation.revision;
    world.must(place, ChangeBody::AddMember(joined(bob))).await;
    let row = world.row(place).await;
    let bobs = row
        .members
        .iter()
        .find(|m| m.party == Party::User(bob))
        .unwrap();
    assert_eq!(
        (bobs.read_seq, bobs.seen_count),
        (1, 1),
        "nothing is unread at first"
    );
    world
        .must(place, ChangeBody::RemoveMember(Party::User(bob)))
        .await;
    let state = world
        .store
        .conversation_state(place)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(state.users().collect::<Vec<_>>(), [ann]);
    let changed = world
        .store
        .members_changed_since(place, since)
        .await
        .unwrap();
    assert_eq!(changed.len(), 1);
    assert!(changed[0].left_at.is_some());
    world.must(place, ChangeBody::AddMember(joined(bob))).await;
    let changed = world
        .store
        .members_changed_since(place, since)
        .await
        .unwrap();
    assert_eq!((changed.len(), changed[0].left_at), (1, None));
    assert_eq!(
        changed[0].revision,
        world.row(place).await.conversation.revision
    );
}

/// Until marked as delivered or read; one's own messages never.
pub async fn undelivered_names_what_has_not_arrived(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let places = [
        world.direct(&[ann, bob]).await,
        world.direct(&[ann, bob]).await,
        world.direct(&[ann, bob]).await,
    ];
    for place in places {
        world.send(place, ann, "text").await;
    }
    let undelivered = |user| world.store.undelivered(user);
    assert_eq!(undelivered(bob).await.unwrap(), places);
    assert_eq!(undelivered(ann).await.unwrap(), []);
    let party = Party::User(bob);
    let arrived = ChangeBody::MarkDelivered {
        party,
        up_to: i64::MAX,
    };
    world.must(places[0], arrived).await;
    world.read(places[1], bob, ReadTarget::All).await;
    assert_eq!(undelivered(bob).await.unwrap(), [places[2]]);
    let last = world.row(places[2]).await.last_message.unwrap();
    world.delete(&last).await;
    assert_eq!(undelivered(bob).await.unwrap(), []);
}

/// Once each, without oneself, the staff side, and whoever left.
pub async fn partners_share_a_living_conversation(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob, eve, dan) = (
        world.user("ann").await,
        world.user("bob").await,
        world.user("eve").await,
        world.user("dan").await,
    );
    world.direct(&[ann, bob]).await;
    world.direct(&[ann, bob]).await;
    world.desk(ann).await;
    let left = world.direct(&[ann, eve]).await;
    world
        .must(left, ChangeBody::RemoveMember(Party::User(eve)))
        .await;
    let deleted = world.direct(&[ann, dan]).await;
    world.must(deleted, ChangeBody::DeleteConversation).await;
    let partners = |limit| world.store.partners(ann, limit);
    assert_eq!(partners(10).await.unwrap(), [bob]);
    assert_eq!(partners(0).await.unwrap(), []);
    assert_eq!(world.store.partners(eve, 10).await.unwrap(), []);
}
