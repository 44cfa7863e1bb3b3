use crate::call_values::{call, call_id, done, existing, inbound, new, recording, recording_id, write_for};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
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
        assert!(db.due_recordings(after(99), 9).await.unwrap().is_empty());
        assert!(db.mark_recording_deleting(user_id(1), id, after(10)).await.unwrap());
        assert!(!db.mark_recording_deleting(user_id(1), id, after(11)).await.unwrap());
        assert!(!call(db, 1).await.voicemail);
        assert_eq!(db.feed_position(user_id(1)).await.unwrap(), 2);

        let due = async |at| db.due_recordings(after(at), 9).await.unwrap().len();
        assert_eq!((due(9).await, due(10).await), (0, 1));
        db.postpone_recording(id, after(50)).await.unwrap();
        assert_eq!((due(49).await, due(50).await), (0, 1));
        // A late report does not bring it back.
        assert!(!done(db, &write).await.voicemail);
        db.mark_recording_deleted(id, after(60)).await.unwrap();
        assert_eq!(due(99).await, 0);
        db.postpone_recording(id, after(70)).await.unwrap();
        assert_eq!(due(99).await, 0);
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
        let due = db.due_recordings(after(3 * DAY), 9).await.unwrap();
        assert_eq!(due.iter().map(|due| due.id).collect::<Vec<_>>(), [recording_id(1)]);
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
        let due = async |at| db.due_recordings(after(at), 9).await.unwrap().len();
        assert_eq!((due(59_999).await, due(60_000).await), (0, 1));
        db.postpone_recording(recording_id(1), after(90_000)).await.unwrap();
        // Nor does a late report change when.
        write.recording = Some(recording(1, RecordingKind::Conversation, RecordingStatus::Completed));
        done(db, &write).await;
        assert_eq!((due(89_999).await, due(90_000).await), (0, 1));
    })
    .await;
}
