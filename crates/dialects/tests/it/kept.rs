//! Documents that dialects keep beside chat, through the core.

use parlance_core::ChatError;
use parlance_core::app::AppProfile;
use parlance_core::document::{Document, ListDocuments, NewDocument};
use parlance_core::error::Fault;
use parlance_core::ids::AppId;
use parlance_core::principal::Principal;
use serde_json::{Map, Value, json};

use crate::world::World;

fn data(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).expect("an object")
}

fn dispute(subject: Option<&str>) -> NewDocument {
    NewDocument {
        kind: "dispute".to_owned(),
        subject: subject.map(str::to_owned),
        data: data(json!({"votes": 0})),
        owner: None,
    }
}

fn votes(document: &Document) -> i64 {
    document.data["votes"].as_i64().expect("a number")
}

#[tokio::test]
async fn a_document_stays_within_its_app() {
    let world = World::new("native").await;
    let chat = &world.services.chat;
    let ann = Principal::for_user(world.user("ann", "client").await, None);
    let made = chat.put_document(&ann, dispute(Some("order:1"))).await;
    let made = made.expect("a document");
    assert!(made.is_new);
    let made = made.document;
    let again = chat.put_document(&ann, dispute(Some("order:1"))).await;
    assert!(!again.expect("the same").is_new);

    let other = world
        .services
        .identity
        .create_app("other", AppProfile::default(), None);
    let stranger = Principal::App(other.await.expect("an app").0.id);
    for (by, expected) in [(&ann, Some(&made)), (&stranger, None)] {
        let by_id = chat.document(by, "dispute", made.id).await;
        assert_eq!(by_id.expect("an answer").as_ref(), expected);
        let about = chat.document_by_subject(by, "dispute", "order:1").await;
        assert_eq!(about.expect("an answer").as_ref(), expected);
        let query = ListDocuments {
            kind: "dispute".to_owned(),
            limit: 9,
            ..ListDocuments::default()
        };
        let listed = chat.list_documents(by, query).await.expect("an answer");
        assert_eq!(listed.first(), expected);
    }
    let changed = chat
        .change_document(&stranger, "dispute", made.id, |_| panic!("not its own"))
        .await;
    assert_eq!(changed, Ok(None));
    let delete = async |by| chat.delete_document(by, "dispute", made.id).await;
    assert_eq!(delete(&stranger).await, Ok(false));
    assert_eq!(delete(&ann).await, Ok(true));
}

#[tokio::test]
async fn changes_at_the_same_time_all_count() {
    let world = World::new("native").await;
    let chat = world.services.chat.clone();
    let by = Principal::App(world.services.app.id);
    let made = chat.put_document(&by, dispute(None)).await;
    let id = made.expect("a document").document.id;
    let changes: Vec<_> = (0..20)
        .map(|_| {
            let (chat, by) = (chat.clone(), by.clone());
            tokio::spawn(async move {
                let vote = |document: &mut Document| {
                    let next = votes(document) + 1;
                    document.data.insert("votes".to_owned(), next.into());
                    Ok(())
                };
                chat.change_document(&by, "dispute", id, vote).await
            })
        })
        .collect();
    for change in changes {
        let changed = change.await.expect("no panic").expect("no refusal");
        assert!(changed.is_some());
    }
    let stands = chat.document(&by, "dispute", id).await;
    let stands = stands.expect("an answer").expect("a document");
    assert_eq!((votes(&stands), stands.version), (20, 21));
}

#[tokio::test]
async fn a_change_touches_data_and_owner_only_and_may_refuse() {
    let world = World::new("native").await;
    let chat = &world.services.chat;
    let ann = world.user("ann", "client").await;
    let by = Principal::for_user(ann.clone(), None);
    let made = chat.put_document(&by, dispute(Some("order:1"))).await;
    let made = made.expect("a document").document;
    let refusal = ChatError::Forbidden("it is settled");
    let refused = chat
        .change_document(&by, "dispute", made.id, |_| Err(refusal.clone()))
        .await;
    assert_eq!(refused, Err(refusal.clone()));
    let unchanged = chat
        .change_document(&by, "dispute", made.id, |_| Ok(()))
        .await;
    assert_eq!(unchanged, Ok(Some(made.clone())), "nothing was written");
    let changed = chat
        .change_document(&by, "dispute", made.id, |document| {
            document.app = AppId(0);
            document.subject = None;
            document.owner = Some(ann.id);
            Ok(())
        })
        .await;
    let changed = changed.expect("no refusal").expect("a document");
    let expected = Document {
        owner: Some(ann.id),
        version: 2,
        updated_at: changed.updated_at,
        ..made
    };
    assert_eq!(changed, expected);
}

#[tokio::test]
async fn what_is_too_long_or_has_no_kind_is_refused() {
    let world = World::new("native").await;
    let chat = &world.services.chat;
    let by = Principal::App(world.services.app.id);
    let long = "x".repeat(70_000);
    let without_kind = NewDocument {
        kind: String::new(),
        ..dispute(None)
    };
    let long_kind = NewDocument {
        kind: long.clone(),
        ..dispute(None)
    };
    let long_data = NewDocument {
        data: data(json!({"text": long.clone()})),
        ..dispute(None)
    };
    let required = ChatError::invalid("kind", Fault::Required);
    assert_eq!(chat.put_document(&by, without_kind).await, Err(required));
    for (new, long_field) in [
        (long_kind, "kind"),
        (dispute(Some(&long)), "subject"),
        (long_data, "metadata"),
    ] {
        let refused = chat.put_document(&by, new).await;
        let is_too_long = matches!(
            refused,
            Err(ChatError::Invalid { field, fault: Fault::TooLong { .. } }) if field == long_field
        );
        assert!(is_too_long, "{refused:?}");
    }
    let made = chat.put_document(&by, dispute(None)).await;
    let id = made.expect("a document").document.id;
    let too_long = chat
        .change_document(&by, "dispute", id, |document| {
            document.data = data(json!({"text": long}));
            Ok(())
        })
        .await;
    assert!(matches!(too_long, Err(ChatError::Invalid { .. })));
}
