use crate::scratch::on_each_engine;
use crate::values::NOW;
use store::Installation;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_fresh_database_has_no_installation() {
    on_each_engine(async |db| assert_eq!(db.installation().await.unwrap(), None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_that_set_it_up_at_once_the_first_stands_for_all() {
    on_each_engine(async |db| {
        let mut writers = JoinSet::new();
        for number in 0..20u8 {
            let store = db.store();
            writers.spawn(async move {
                let canary = [0, 255, number];
                store.add_installation(&format!("install{number}"), &canary, NOW).await
            });
        }
        let told: Vec<Installation> = writers.join_all().await.into_iter().map(Result::unwrap).collect();
        let stands = db.installation().await.unwrap().unwrap();
        assert!(told.iter().all(|one| *one == stands));
        let number = stands.install_id.trim_start_matches("install").parse().unwrap();
        assert_eq!(stands.canary, [0, 255, number]);
    })
    .await;
}

#[tokio::test]
async fn a_canary_sealed_anew_takes_the_place_of_the_former() {
    on_each_engine(async |db| {
        db.add_installation("here", &[1], NOW).await.unwrap();
        db.replace_canary(&[2, 0, 254]).await.unwrap();
        let expected = Installation {
            install_id: "here".into(),
            canary: vec![2, 0, 254],
            app_url: None,
        };
        assert_eq!(db.installation().await.unwrap(), Some(expected));
    })
    .await;
}
