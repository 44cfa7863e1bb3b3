use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
use domain::menu::{Menu, MenuAction, MenuChoice};
use domain::voice::{NoAnswer, RecordingMode, VoiceSettings};

#[tokio::test]
async fn a_phone_can_ring_until_its_lease_ends() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let live = async |user, at| db.has_live_phone(user_id(user), after(at)).await.unwrap();
        assert!(!live(1, 0).await);
        for device in ["laptop", "phone"] {
            db.renew_phone_lease(user_id(1), device, false, after(100), NOW)
                .await
                .unwrap();
        }
        db.renew_phone_lease(user_id(1), "phone", true, after(200), after(10))
            .await
            .unwrap();
        assert!(live(1, 199).await && !live(1, 200).await && !live(2, 0).await);
        db.end_phone_lease(user_id(2), "phone").await.unwrap();
        db.end_phone_lease(user_id(1), "phone").await.unwrap();
        assert!(live(1, 99).await && !live(1, 100).await);
    })
    .await;
}

#[tokio::test]
async fn a_phone_that_has_left_is_rung_no_more() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let user = user_id(1);
        db.renew_phone_lease(user, "laptop", false, after(60_000), NOW)
            .await
            .unwrap();
        assert!(db.has_live_phone(user, after(10)).await.unwrap());
        db.end_phone_lease(user, "laptop").await.unwrap();
        assert!(!db.has_live_phone(user, after(11)).await.unwrap());

        // One that has left another server is known to have left within a second.
        db.renew_phone_lease(user, "laptop", false, after(60_000), after(20))
            .await
            .unwrap();
        assert!(db.has_live_phone(user, after(30)).await.unwrap());
        db.execute("DELETE FROM phone_leases").await;
        assert!(!db.has_live_phone(user, after(1_030)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn leases_that_have_run_out_do_not_pile_up() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 0..20 {
            let now = after(number * 10);
            db.renew_phone_lease(user_id(1), &format!("device {number}"), false, now.plus(10), now)
                .await
                .unwrap();
        }
        assert_eq!(db.rows("SELECT device FROM phone_leases").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn settings_are_kept_as_they_were_made() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        assert_eq!(db.voice_settings(user_id(1)).await.unwrap(), None);
        let usual = VoiceSettings::default();
        let unusual = VoiceSettings {
            no_answer: NoAnswer::Forward,
            forward_to: Some("+442079460199".into()),
            ring_seconds: 5,
            greeting: "Grüß Gott, \"O'Brien\" <here>".into(),
            recording: RecordingMode::Announced,
            retention_days: Some(30),
            countries: vec!["GB".into(), "IE".into()],
            max_concurrent: 1,
            max_minutes_a_day: 10,
            menu: Some(Menu {
                greeting: "Press one.".into(),
                choices: vec![MenuChoice {
                    key: '#',
                    action: MenuAction::Forward {
                        to: "+442079460198".into(),
                    },
                }],
            }),
        };
        for settings in [&unusual, &usual, &unusual] {
            db.set_voice_settings(user_id(1), settings, NOW).await.unwrap();
            assert_eq!(db.voice_settings(user_id(1)).await.unwrap().as_ref(), Some(settings));
        }
        assert_eq!(db.voice_settings(user_id(2)).await.unwrap(), None);
    })
    .await;
}
