use crate::harness::{World, code};

#[tokio::test]
async fn an_account_serves_one_user_at_a_time() {
    let world = World::new().await;
    let product = world.start().await;
    let (ann, bob, account) = (product.user().await, product.user().await, world.account());
    let connections = &product.services.connections;
    let (first, second) = tokio::join!(
        connections.save(&ann, account.save(&account.free)),
        connections.save(&bob, account.save(&account.used))
    );
    let (winner, loser, refused) = match (first, second) {
        (Ok(_), Err(refused)) => (&ann, &bob, refused),
        (Err(refused), Ok(_)) => (&bob, &ann, refused),
        both => panic!("{both:?}"),
    };
    assert_eq!(refused.problem().code, "account_taken");
    assert!(matches!(refused, services::ServiceError::Conflict(_)));
    let at_twilio = world.snapshot(&account);
    assert_eq!((at_twilio.applications.len(), at_twilio.keys.len()), (1, 1));

    // The loser sees and reaches nothing of the winner's.
    assert_eq!(code(connections.credentials(loser).await), "twilio_not_connected");
    assert!(connections.setup(loser).await.unwrap().connection.is_none());
    assert_eq!(
        connections.disconnect(loser).await.unwrap(),
        domain::setup::Removed::default()
    );
    assert_eq!(code(connections.voice_token(loser).await), "twilio_not_connected");
    assert_eq!(
        code(connections.replace_token(loser, &account.auth_token).await),
        "twilio_not_connected"
    );
    assert_eq!(world.snapshot(&account), at_twilio);

    connections.disconnect(winner).await.unwrap();
    connections.save(loser, account.save(&account.used)).await.unwrap();
}

#[tokio::test]
async fn two_users_with_accounts_of_their_own_do_not_meet() {
    let world = World::new().await;
    let product = world.start().await;
    let (ann, bob) = (product.user().await, product.user().await);
    let (hers, his) = (world.account(), world.account());
    let connections = &product.services.connections;
    let (ann_connected, bob_connected) = tokio::join!(
        connections.save(&ann, hers.save(&hers.used)),
        connections.save(&bob, his.save(&his.used))
    );
    let (ann_connected, bob_connected) = (ann_connected.unwrap(), bob_connected.unwrap());
    assert_ne!(ann_connected.application_sid, bob_connected.application_sid);
    let tokens = tokio::join!(connections.voice_token(&ann), connections.voice_token(&bob));
    assert_ne!(tokens.0.unwrap().identity, tokens.1.unwrap().identity);
    let untouched = world.snapshot(&his);
    connections.disconnect(&ann).await.unwrap();
    assert_eq!(world.snapshot(&his), untouched);
    assert_eq!(connections.credentials(&bob).await.unwrap(), bob_connected);
}
