use crate::call_values::{
    call_id, child_sid, done, event, inbound, new, receipt, recording, recording_id, report, sid, write_for,
};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, account, add_users, after, connection_id, lease, new_connection, user_id};
use domain::call::{CallEventKind, CallStatus, LegRole};
use domain::recording::{RecordingKind, RecordingStatus};
use store::{Applied, CallTarget, CallWrite, Marks, NewCall};

/// A write with everything in it.
fn full(target: CallTarget, user: u128, leg: &str) -> CallWrite {
    let mut write = write_for(user, target);
    write.legs = vec![report(leg, LegRole::Browser, CallStatus::Failed, 9)];
    write.events = vec![event(CallEventKind::Problem, "mine", 9)];
    write.recording = Some(recording(2, RecordingKind::Voicemail, RecordingStatus::Failed));
    write.receipt = Some(receipt("one", "his"));
    write.marks = Marks {
        refused: Some("No.".into()),
        ..Marks::default()
    };
    write
}

async fn call_of_second_user(db: &Scratch) -> Vec<String> {
    add_users(db, 2).await;
    let mut write = write_for(2, CallTarget::New(inbound(2)));
    write.legs = vec![
        report(&sid(2), LegRole::Caller, CallStatus::Ringing, 1),
        report(&child_sid(2), LegRole::Browser, CallStatus::Ringing, 1),
    ];
    write.recording = Some(recording(2, RecordingKind::Conversation, RecordingStatus::Completed));
    write.receipt = Some(receipt("one", "mine"));
    done(db, &write).await;
    db.all_of_user(user_id(2)).await
}

#[tokio::test]
async fn one_tenant_changes_nothing_of_another_s() {
    on_each_engine(async |db| {
        let before = call_of_second_user(db).await;
        let his = CallTarget::Existing(call_id(2));
        assert_eq!(
            db.apply(&full(his.clone(), 1, &sid(2)), NOW).await.unwrap(),
            Applied::Unknown
        );
        // Not even with the other's account.
        let mut disguised = full(his, 1, &sid(2));
        disguised.account_sid = account(2).sid;
        assert_eq!(db.apply(&disguised, NOW).await.unwrap(), Applied::Unknown);
        assert!(db.rows("SELECT * FROM webhook_inbox").await.len() == 1);
        for leg in [sid(2), child_sid(2)] {
            let by_sid = CallTarget::New(NewCall {
                id: call_id(7),
                provider_sid: Some(leg.clone()),
                ..inbound(2)
            });
            let mut disguised = full(by_sid, 1, &leg);
            disguised.account_sid = account(2).sid;
            assert_eq!(db.apply(&disguised, NOW).await.unwrap(), Applied::Unknown);
        }
        assert_eq!(db.all_of_user(user_id(2)).await, before);

        // The same SIDs and keys in his own account are his own.
        let own = CallTarget::New(NewCall {
            id: call_id(7),
            ..inbound(2)
        });
        let mut own = full(own, 1, &child_sid(2));
        own.recording = own.recording.map(|report| store::RecordingReport {
            id: recording_id(7),
            ..report
        });
        let applied = db.apply(&own, NOW).await.unwrap();
        assert!(
            matches!(&applied, Applied::Done { call, .. } if call.id == call_id(7)),
            "{applied:?}"
        );
        assert_eq!(db.all_of_user(user_id(2)).await, before);
        let calls = db.call_by_sid(user_id(2), &sid(2)).await.unwrap();
        assert_eq!(calls.unwrap().id, call_id(2));
    })
    .await;
}

#[tokio::test]
async fn a_leg_stays_with_its_call() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(inbound(1))).await;
        let mut first = write_for(1, CallTarget::Existing(call_id(1)));
        first.legs = vec![report(&child_sid(1), LegRole::Browser, CallStatus::Ringing, 1)];
        done(db, &first).await;
        done(db, &new(inbound(2))).await;
        let before = db.all_about_calls().await;
        let mut other = write_for(1, CallTarget::Existing(call_id(2)));
        other.legs = vec![report(&child_sid(1), LegRole::Browser, CallStatus::InProgress, 2)];
        done(db, &other).await;
        assert_eq!(db.all_about_calls().await, before);
    })
    .await;
}

#[tokio::test]
async fn an_account_has_a_tenant_while_it_is_linked() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let sid = account(1).sid;
        let found = async || db.tenant_of_account(&sid).await.unwrap();
        assert!(found().await.is_none());
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        assert!(found().await.is_none());
        db.mark_connected(connection_id(1), &lease(1), NOW).await.unwrap();
        let tenant = found().await.unwrap();
        assert_eq!(
            (tenant.user_id, tenant.voice_identity.as_str()),
            (user_id(1), "voice_1")
        );
        assert_eq!(tenant.connection.id, connection_id(1));

        done(db, &new(inbound(1))).await;
        let (tenant, call) = db.tenant_of_call(call_id(1)).await.unwrap().unwrap();
        assert_eq!((tenant.user_id, call.id), (user_id(1), call_id(1)));
        assert!(db.tenant_of_call(call_id(9)).await.unwrap().is_none());

        let lease = &lease(3);
        let (user, id) = (user_id(1), connection_id(1));
        assert!(db.start_disconnect(user, id, lease, after(90), after(2)).await.unwrap());
        assert!(found().await.is_some());
        db.mark_removed(id, lease, after(3)).await.unwrap();
        assert!(found().await.is_none());
        assert!(db.tenant_of_call(call_id(1)).await.unwrap().is_none());

        // Somebody else links the account: the calls are not his.
        db.add_connection(&new_connection(2, 2, 1)).await.unwrap();
        db.mark_connected(connection_id(2), &crate::values::lease(2), NOW)
            .await
            .unwrap();
        assert_eq!(found().await.unwrap().user_id, user_id(2));
        assert!(db.tenant_of_call(call_id(1)).await.unwrap().is_none());
    })
    .await;
}
