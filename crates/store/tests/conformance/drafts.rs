use crate::scratch::on_each_engine;
use crate::values::{NOW, account, add_users, after, new_draft, number_choice, problem, refused, user_id};
use domain::setup::Refused;
use store::{DraftRow, NewDraft};

/// The row that keeping [`new_draft`] makes.
fn kept(number: u128) -> DraftRow {
    let new = new_draft(number);
    DraftRow {
        account: Some(new.account),
        auth_token: Some(new.auth_token),
        auth_token_last4: Some(new.auth_token_last4),
        phone_numbers: new.phone_numbers,
        verified_at: Some(NOW),
        refused: None,
    }
}

#[tokio::test]
async fn what_was_verified_is_kept_for_its_user() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.keep_draft(user_id(1), &new_draft(1), NOW).await.unwrap();
        assert!(db.draft(user_id(1)).await.unwrap() == Some(kept(1)));
        assert!(db.draft(user_id(2)).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_later_verify_replaces_the_earlier_one_and_its_refusal() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        db.keep_draft(user_id(1), &new_draft(1), NOW).await.unwrap();
        db.refuse_draft(user_id(1), &refused(), after(1)).await.unwrap();
        let without_numbers = NewDraft {
            phone_numbers: Vec::new(),
            auth_token: vec![9],
            ..new_draft(5)
        };
        db.keep_draft(user_id(1), &without_numbers, after(2)).await.unwrap();
        let expected = DraftRow {
            phone_numbers: Vec::new(),
            auth_token: Some(vec![9]),
            verified_at: Some(after(2)),
            ..kept(5)
        };
        assert!(db.draft(user_id(1)).await.unwrap() == Some(expected));
    })
    .await;
}

#[tokio::test]
async fn a_refusal_keeps_what_was_verified_before() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        db.keep_draft(user_id(1), &new_draft(1), NOW).await.unwrap();
        db.refuse_draft(user_id(1), &refused(), after(1)).await.unwrap();
        let last = Refused {
            account_sid: None,
            problem: problem("twilio_unavailable"),
        };
        db.refuse_draft(user_id(1), &last, after(2)).await.unwrap();
        let expected = DraftRow {
            refused: Some(last),
            ..kept(1)
        };
        assert!(db.draft(user_id(1)).await.unwrap() == Some(expected));
    })
    .await;
}

#[tokio::test]
async fn a_first_verify_that_is_refused_leaves_the_refusal_alone() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        db.refuse_draft(user_id(1), &refused(), NOW).await.unwrap();
        let draft = db.draft(user_id(1)).await.unwrap().unwrap();
        assert_eq!(draft.refused, Some(refused()));
        assert_eq!((draft.account, draft.verified_at), (None, None));
        assert!(draft.auth_token.is_none() && draft.phone_numbers.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_discarded_draft_is_gone_and_no_other() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.keep_draft(user_id(1), &new_draft(1), NOW).await.unwrap();
        db.keep_draft(user_id(2), &new_draft(2), NOW).await.unwrap();
        db.discard_draft(user_id(1)).await.unwrap();
        db.discard_draft(user_id(1)).await.unwrap();
        assert!(db.draft(user_id(1)).await.unwrap().is_none());
        assert!(db.draft(user_id(2)).await.unwrap() == Some(kept(2)));
    })
    .await;
}

#[tokio::test]
async fn five_thousand_numbers_come_back_in_their_order() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let many = NewDraft {
            account: account(1),
            phone_numbers: (0..5000).map(number_choice).collect(),
            ..new_draft(1)
        };
        db.keep_draft(user_id(1), &many, NOW).await.unwrap();
        let draft = db.draft(user_id(1)).await.unwrap().unwrap();
        assert_eq!(draft.phone_numbers, many.phone_numbers);
    })
    .await;
}
