//! Rights that end while sockets are open: a member removed, a token revoked, a user switched off.

use http::Method;
use parlance_testkit::client::ClientError;
use parlance_testkit::client::native::{Authentication, NativeSocket};
use serde_json::{Value, json};

use super::Outcome;
use super::world::World;

#[tokio::test]
async fn a_removed_member_hears_nothing_more_and_cannot_send() -> Outcome {
    let world = World::start().await?;
    let mut native = world.native(&world.bo).await?;
    let mut chat = world.chat(&world.bo, world.place).await?;
    world.operator.remove_member(world.place, &world.bo).await?;
    assert!(
        chat.ended().await?.is_some(),
        "the FixMate socket of a conversation ends with it"
    );
    native.event("member.removed").await?;
    let before = world.snapshot().await?;
    let problem = native
        .refused(
            "message.send",
            json!({ "conversation": world.place.uuid, "body": "once more", "client_id": "a" }),
        )
        .await?;
    assert_eq!(problem.code, "not_found");
    let path = format!("/v1/conversations/{}/messages", world.place.uuid);
    assert_eq!(world.rest(&world.bo).get(&path).await?.status, 404);
    world.unchanged_since(&before).await?;
    world.send(&world.ann, world.place, "without Bo").await?;
    world.send(&world.ann, world.square, "with Bo").await?;
    let heard = native.event("message.created").await?;
    assert_eq!(heard.data["body"], "with Bo");
    match world.chat(&world.bo, world.place).await {
        Err(ClientError::Refused { status, .. }) => assert_eq!(status, 403),
        other => return Err(format!("the handshake led to {other:?}").into()),
    }
    Ok(())
}

/// Bo's sockets of all kinds end at once, Ann's live on, and Bo's credentials open nothing more.
async fn bo_is_out(world: &World, withdraw: impl Future<Output = Outcome>) -> Outcome {
    let mut by_header = world.native(&world.bo).await?;
    let mut by_frame =
        NativeSocket::open(&world.alpha, &world.bo.token, Authentication::Frame).await?;
    let mut chat = world.chat(&world.bo, world.place).await?;
    let mut anns = world.native(&world.ann).await?;
    withdraw.await?;
    assert_eq!(by_header.ended().await?, Some(4401));
    assert_eq!(by_frame.ended().await?, Some(4401));
    assert_eq!(chat.ended().await?, Some(4401));
    for authentication in [Authentication::Header, Authentication::Subprotocol] {
        match NativeSocket::open(&world.alpha, &world.bo.token, authentication).await {
            Err(ClientError::Refused { status, .. }) => assert_eq!(status, 401),
            other => return Err(format!("the handshake led to {other:?}").into()),
        }
    }
    match NativeSocket::open(&world.alpha, &world.bo.token, Authentication::Frame).await {
        Err(ClientError::Problem { problem, .. }) => assert_eq!(problem.code, "unauthenticated"),
        other => return Err(format!("the first frame led to {other:?}").into()),
    }
    match world.chat(&world.bo, world.place).await {
        Err(ClientError::Refused { status, .. }) => assert_eq!(status, 403),
        other => return Err(format!("the handshake led to {other:?}").into()),
    }
    let rest = world.rest(&world.bo).get("/v1/me").await?;
    assert_eq!(
        (rest.status.as_u16(), &rest.json()["code"]),
        (401, &json!("unauthenticated"))
    );
    let profile = world
        .fixmate(&world.bo)
        .get("/api/auth/users/profile/")
        .await?;
    assert_eq!(profile.status, 403);
    Ok(world.still_sends(&mut anns).await?)
}

#[tokio::test]
async fn revoking_a_users_tokens_closes_live_sockets_at_once() -> Outcome {
    let world = World::start().await?;
    let all_of_bo = json!({ "user": world.bo.uuid });
    bo_is_out(&world, async {
        Ok(world.operator.revoke(&all_of_bo).await?)
    })
    .await
}

#[tokio::test]
async fn switching_a_user_off_closes_live_sockets_at_once() -> Outcome {
    let world = World::start().await?;
    let off = json!({ "is_active": false });
    bo_is_out(&world, async {
        Ok(world.operator.upsert("bo", &off).await?)
    })
    .await
}

#[tokio::test]
async fn revoking_one_token_leaves_the_users_others() -> Outcome {
    let world = World::start().await?;
    let minted = world.operator.mint("bo").await?;
    let other = minted["native"].as_str().unwrap_or_default().to_owned();
    let mut kept = world.native(&world.bo).await?;
    let mut ended = NativeSocket::open(&world.alpha, &other, Authentication::Header).await?;
    world.operator.revoke(&json!({ "token": other })).await?;
    assert_eq!(ended.ended().await?, Some(4401));
    Ok(world.still_sends(&mut kept).await?)
}

#[tokio::test]
async fn deleting_a_conversation_ends_its_sockets() -> Outcome {
    let world = World::start().await?;
    let mut native = world.native(&world.bo).await?;
    let mut chat = world.chat(&world.bo, world.place).await?;
    let path = format!("conversations/{}", world.place.uuid);
    world
        .operator
        .ask(Method::DELETE, &path, &Value::Null)
        .await?
        .success()?;
    assert!(chat.ended().await?.is_some());
    let gone = native.event("conversation.deleted").await?;
    assert_eq!(gone.conversation, Some(world.place.uuid));
    let wish = json!({ "conversation": world.place.uuid, "body": "echo", "client_id": "a" });
    assert_eq!(
        native.refused("message.send", wish).await?.code,
        "not_found"
    );
    Ok(())
}
