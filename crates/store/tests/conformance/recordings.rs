use crate::call_values::{
    call, call_id, done, existing, inbound, new, recording, recording_id, report, sid, write_for,
};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
use domain::call::{CallStatus, LegRole};
use domain::recording::{RecordingKind, RecordingStatus};
use domain::voice::VoiceSettings;
use store::CallTarget;

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_recording_is_what_was_reported_of_it() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        done(db, &new(inbound(1))).await;
        for status in [
            RecordingStatus::InProgress,
            RecordingStatus::Completed,
            RecordingStatus::InProgress,
        ] {
            let mut write = existing(1);
            write.recording = Some(recording(1, RecordingKind::Conversation, status));
            done(db, &write).await;
        }
        let found = db.recording(user_id(1), recording_id(1)).await.unwrap().unwrap();
        assert_eq!(
            (found.status, found.duration_seconds),
            (RecordingStatus::Completed, Some(7))
        );
        assert_eq!((found.channels, found.call_id), (2, call_id(1)));
        assert_eq!(db.recording(user_id(2), recording_id(1)).await.unwrap(), None);
        assert!(!call(db, 1).await.voicemail);
        // Another call cannot have it.
        done(db, &new(inbound(2))).await;
        let mut other = existing(2);
        other.recording = Some(recording(1, RecordingKind::Voicemail, RecordingStatus::Failed));
        assert!(!done(db, &other).await.voicemail);
        assert_eq!(db.recording(user_id(1), recording_id(1)).await.unwrap(), Some(found));
    })
    .await;
}

#[tokio::test]
async fn recordings_of_many_calls_are_found_at_once() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 1..=3 {
            let mut write = new(inbound(number));
            write.recording = Some(recording(
                number,
                RecordingKind::Conversation,
                RecordingStatus::Completed,
            ));
            done(db, &write).await;
        }
        for calls in [0_u128, 1, 2, 101, 250] {
            let ids: Vec<_> = (1..=calls).map(call_id).collect();
            let found = db.recordings_of_calls(&ids).await.unwrap();
            assert_eq!(found.len(), ids.len().min(3), "{calls}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_deleted_message_goes_first_here_then_at_twilio() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let mut write = new(inbound(1));
        write.recording = Some(recording(1, RecordingKind::Voicemail, RecordingStatus::Completed));
        assert!(done(db, &write).await.voicemail);
        let id = recording_id(1);
        assert!(!db.mark_recording_deleting(user_id(2), id, after(10)).await.unwrap());
        assert!(db.claim_removals(after(99), after(100), 9).await.unwrap().is_empty());
        assert!(db.mark_recording_deleting(user_id(1), id, after(10)).await.unwrap());
        assert!(!db.mark_recording_deleting(user_id(1), id, after(11)).await.unwrap());
        assert!(!call(db, 1).await.voicemail);
        assert_eq!(db.feed_position(user_id(1)).await.unwrap(), 2);

        let tries = async |at, until| {
            let claimed = db.claim_removals(after(at), after(until), 9).await.unwrap();
            claimed.iter().map(|(_, attempts)| *attempts).collect::<Vec<_>>()
        };
        assert_eq!((tries(9, 20).await, tries(10, 20).await), (vec![], vec![1]));
        assert!(tries(19, 30).await.is_empty(), "somebody is at it");
        assert!(db.postpone_removal(id, after(20), after(50)).await.unwrap());
        assert_eq!((tries(49, 60).await, tries(50, 60).await), (vec![], vec![2]));
        // Whoever slept through his time has it no more.
        assert_eq!(tries(60, 70).await, [3]);
        assert!(!db.postpone_removal(id, after(60), after(900)).await.unwrap());
        // A late report does not bring it back.
        assert!(!done(db, &write).await.voicemail);
        db.mark_recording_deleted(id, after(60)).await.unwrap();
        assert!(tries(99, 100).await.is_empty());
        assert!(!db.postpone_removal(id, after(70), after(80)).await.unwrap());
        assert!(tries(99, 100).await.is_empty());
        let gone = db.recording(user_id(1), id).await.unwrap().unwrap();
        assert_eq!(gone.status, RecordingStatus::Deleted);
    })
    .await;
}

#[tokio::test]
async fn recordings_go_when_their_user_wants_to_keep_them_no_longer() {
    on_each_engine(async |db| {
        add_users(db, 3).await;
        for user in 1..=3 {
            let mut write = write_for(user, CallTarget::New(inbound(user)));
            write.recording = Some(recording(user, RecordingKind::Conversation, RecordingStatus::Completed));
            done(db, &write).await;
        }
        // The third has made no settings.
        for (user, days) in [(1, Some(2)), (2, None)] {
            let settings = VoiceSettings {
                retention_days: days,
                ..VoiceSettings::default()
            };
            db.set_voice_settings(user_id(user), &settings, NOW).await.unwrap();
        }
        assert_eq!(db.retire_recordings(after(2 * DAY), 9).await.unwrap(), 0);
        assert_eq!(db.retire_recordings(after(2 * DAY + 5), 9).await.unwrap(), 1);
        assert_eq!(db.retire_recordings(after(2 * DAY + 5), 9).await.unwrap(), 0);
        let due = db.claim_removals(after(3 * DAY), after(4 * DAY), 9).await.unwrap();
        assert_eq!(due.iter().map(|(due, _)| due.id).collect::<Vec<_>>(), [recording_id(1)]);
    })
    .await;
}

#[tokio::test]
async fn a_recording_that_is_to_go_from_the_start_may_be_played_for_a_minute() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut write = new(inbound(1));
        write.recording = Some(recording(1, RecordingKind::Conversation, RecordingStatus::Deleting));
        done(db, &write).await;
        let due = async |at| db.claim_removals(after(at), after(90_000), 9).await.unwrap().len();
        assert_eq!((due(59_999).await, due(60_000).await), (0, 1));
        // Nor does a late report change when.
        write.recording = Some(recording(1, RecordingKind::Conversation, RecordingStatus::Completed));
        done(db, &write).await;
        assert_eq!((due(89_999).await, due(90_000).await), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_recording_that_never_ends_is_asked_for_once_its_call_is_over() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut write = new(inbound(1));
        write.recording = Some(recording(1, RecordingKind::Conversation, RecordingStatus::InProgress));
        db.apply(&write, after(1)).await.unwrap();
        let asked = async |now, since| {
            let found = db.claim_unfinished(after(now), after(since), 9).await.unwrap();
            found.iter().map(|recording| recording.id).collect::<Vec<_>>()
        };
        assert_eq!(asked(500, 400).await, [], "the call goes on");
        let mut over = existing(1);
        over.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Completed, 9)];
        db.apply(&over, after(10)).await.unwrap();
        assert_eq!(
            (asked(20, 9).await, asked(20, 10).await),
            (vec![], vec![recording_id(1)])
        );
        assert_eq!(
            (asked(21, 19).await, asked(40, 20).await),
            (vec![], vec![recording_id(1)])
        );
        let mut write = existing(1);
        write.recording = Some(recording(1, RecordingKind::Conversation, RecordingStatus::Completed));
        done(db, &write).await;
        assert_eq!(asked(500, 400).await, []);
    })
    .await;
}
