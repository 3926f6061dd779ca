//! Documents of dialects.

use parlance_core::document::DocumentOrder::{NewestFirst, OldestFirst};
use parlance_core::document::{Document, ListDocuments, NewDocument, PutDocument};
use parlance_core::ids::{AppId, UserId};
use serde_json::{Map, Value, json};

use super::Database;
use super::world::World;

fn data(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

impl World {
    async fn put(&self, new: NewDocument) -> PutDocument {
        let now = self.now();
        self.store.put_document(self.app, new, now).await.unwrap()
    }

    async fn job(&self, owner: Option<UserId>, subject: Option<&str>) -> Document {
        let new = NewDocument {
            kind: "job".into(),
            owner,
            subject: subject.map(str::to_owned),
            data: data(json!({"title": "roof", "n": [1, null]})),
        };
        self.put(new).await.document
    }

    async fn list(&self, query: ListDocuments) -> Vec<i64> {
        let query = ListDocuments {
            kind: "job".into(),
            ..query
        };
        let found = self.store.list_documents(self.app, &query).await.unwrap();
        found.iter().map(|document| document.id).collect()
    }
}

/// By id, as it was put, and never under another kind or app.
pub async fn a_document_is_found_in_its_app_and_kind(database: &impl Database) {
    let world = World::new(database).await;
    let other = World::with_app(std::sync::Arc::clone(&world.store), "other").await;
    let ann = world.user("ann").await;
    let made = world.job(Some(ann), Some("s")).await;
    assert_eq!((made.app, made.version), (world.app, 1));
    assert_eq!(
        (made.owner, made.subject.as_deref()),
        (Some(ann), Some("s"))
    );
    assert_eq!(made.created_at, made.updated_at);
    let empty = world
        .put(NewDocument {
            kind: "job".into(),
            ..NewDocument::default()
        })
        .await;
    assert!(empty.is_new && empty.document.id > made.id);

    let store = &world.store;
    let found = async |app, kind: &str, id| store.document(app, kind, id).await.unwrap();
    assert_eq!(found(world.app, "job", made.id).await, Some(made.clone()));
    let empty = empty.document;
    assert_eq!(found(world.app, "job", empty.id).await, Some(empty));
    assert_eq!(found(world.app, "jo", made.id).await, None);
    assert_eq!(found(other.app, "job", made.id).await, None);
    assert_eq!(found(world.app, "job", i64::MAX).await, None);

    assert!(
        !store
            .delete_document(other.app, "job", made.id)
            .await
            .unwrap()
    );
    assert!(
        !store
            .delete_document(world.app, "x", made.id)
            .await
            .unwrap()
    );
    assert!(
        store
            .delete_document(world.app, "job", made.id)
            .await
            .unwrap()
    );
    assert!(
        !store
            .delete_document(world.app, "job", made.id)
            .await
            .unwrap()
    );
    assert_eq!(found(world.app, "job", made.id).await, None);
    assert!(world.job(None, None).await.id > made.id + 1, "ids go on");
}

/// One a subject of a kind; without a subject as many as are put.
pub async fn a_subject_has_one_document(database: &impl Database) {
    let world = World::new(database).await;
    let first = world.job(None, Some("conversation:7")).await;
    let again = NewDocument {
        kind: "job".into(),
        subject: Some("conversation:7".into()),
        data: data(json!({"other": true})),
        owner: None,
    };
    let known = world.put(again.clone()).await;
    assert_eq!((known.is_new, &known.document), (false, &first));
    let of_other_kind = NewDocument {
        kind: "dispute".into(),
        ..again
    };
    assert!(world.put(of_other_kind).await.is_new);
    assert_ne!(
        world.job(None, None).await.id,
        world.job(None, None).await.id
    );

    let store = &world.store;
    let about = async |app, kind: &str, subject: &str| {
        let found = store.document_by_subject(app, kind, subject).await.unwrap();
        found.map(|document| document.id)
    };
    assert_eq!(
        about(world.app, "job", "conversation:7").await,
        Some(first.id)
    );
    assert_eq!(about(world.app, "job", "conversation:8").await, None);
    assert_eq!(about(AppId(i64::MAX), "job", "conversation:7").await, None);
    store
        .delete_document(world.app, "job", first.id)
        .await
        .unwrap();
    assert_eq!(about(world.app, "job", "conversation:7").await, None);
    assert_ne!(world.job(None, Some("conversation:7")).await.id, first.id);
}

/// Whoever comes with an older version changes nothing.
pub async fn a_document_is_replaced_in_its_present_version_only(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let made = world.job(None, Some("s")).await;
    let at = world.now();
    let wished = Document {
        owner: Some(ann),
        data: data(json!({"title": "wall"})),
        updated_at: at,
        ..made.clone()
    };
    let store = &world.store;
    let replaced = store
        .replace_document(wished.clone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(replaced.version, 2);
    assert_eq!(
        (replaced.created_at, replaced.updated_at),
        (made.created_at, at)
    );
    let stands = store.document(world.app, "job", made.id).await.unwrap();
    assert_eq!(stands.as_ref(), Some(&replaced));
    let list = ListDocuments {
        owner: Some(ann),
        limit: 9,
        ..ListDocuments::default()
    };
    assert_eq!(world.list(list).await, [made.id]);

    assert_eq!(
        store.replace_document(wished).await.unwrap(),
        None,
        "was replaced"
    );
    let elsewhere = Document {
        app: AppId(i64::MAX),
        ..replaced.clone()
    };
    assert_eq!(store.replace_document(elsewhere).await.unwrap(), None);
    let of_other_kind = Document {
        kind: "dispute".into(),
        ..replaced.clone()
    };
    assert_eq!(store.replace_document(of_other_kind).await.unwrap(), None);
    let stands = store.document(world.app, "job", made.id).await.unwrap();
    assert_eq!(stands.as_ref(), Some(&replaced));
    store
        .delete_document(world.app, "job", made.id)
        .await
        .unwrap();
    assert_eq!(store.replace_document(replaced).await.unwrap(), None);
}

/// Either way round, a page after another, all or one owner's.
pub async fn documents_are_listed_by_kind_and_owner(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let mut all = Vec::new();
    for owner in [Some(ann), None, Some(bob), Some(ann), Some(ann)] {
        all.push(world.job(owner, None).await.id);
        let of_other_kind = NewDocument {
            kind: "dispute".into(),
            owner,
            ..NewDocument::default()
        };
        world.put(of_other_kind).await;
    }
    let page = |owner, order, after, limit| ListDocuments {
        owner,
        order,
        after,
        limit,
        ..ListDocuments::default()
    };
    assert_eq!(world.list(page(None, OldestFirst, None, 9)).await, all);
    let rest = world.list(page(None, OldestFirst, Some(all[1]), 2)).await;
    assert_eq!(rest, [all[2], all[3]]);
    let newest = world.list(page(None, NewestFirst, None, 2)).await;
    assert_eq!(newest, [all[4], all[3]]);
    let older = world.list(page(None, NewestFirst, Some(all[3]), 9)).await;
    assert_eq!(older, [all[2], all[1], all[0]]);
    let of_ann = world.list(page(Some(ann), OldestFirst, None, 2)).await;
    assert_eq!(of_ann, [all[0], all[3]]);
    let of_ann = world
        .list(page(Some(ann), NewestFirst, Some(all[4]), 9))
        .await;
    assert_eq!(of_ann, [all[3], all[0]]);
    let other = World::with_app(std::sync::Arc::clone(&world.store), "other").await;
    assert!(
        other
            .list(page(None, OldestFirst, None, 9))
            .await
            .is_empty()
    );

    world.store.delete_app(world.app).await.unwrap();
    assert!(
        world
            .list(page(None, OldestFirst, None, 9))
            .await
            .is_empty()
    );
}
