use super::*;

fn at(millis: i64) -> UnixMillis {
    UnixMillis(millis)
}

fn leg(role: LegRole, reports: &[(CallStatus, i64)]) -> LegState {
    let mut states = reports
        .iter()
        .map(|(status, millis)| LegState::reported(role, *status, at(*millis)));
    let first = states.next().unwrap();
    states.fold(first, LegState::merge)
}

/// Every order of the items.
fn orders<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    (0..items.len())
        .flat_map(|first| {
            let mut rest = items.to_vec();
            let first = rest.remove(first);
            orders(&rest).into_iter().map(move |mut order| {
                order.insert(0, first);
                order
            })
        })
        .collect()
}

#[test]
fn reports_come_to_the_same_in_every_order_and_however_often() {
    use CallStatus::{Completed, InProgress, Initiated, Queued, Ringing};
    let reports = [
        (Queued, 1),
        (Initiated, 2),
        (Ringing, 3),
        (InProgress, 4),
        (Completed, 9),
    ];
    let expected = leg(LegRole::Callee, &reports);
    assert_eq!(expected.status, Completed);
    assert_eq!((expected.answered_at, expected.ended_at), (Some(at(4)), Some(at(9))));
    for order in orders(&reports) {
        let mut twice = order.clone();
        twice.extend(&order);
        assert_eq!(leg(LegRole::Callee, &twice), expected, "{order:?}");
    }
}

#[test]
fn an_answered_call_lasts_from_the_answer_to_the_end() {
    let legs = [
        leg(
            LegRole::Caller,
            &[(CallStatus::Ringing, 0), (CallStatus::Completed, 64_400)],
        ),
        leg(
            LegRole::Browser,
            &[
                (CallStatus::Ringing, 100),
                (CallStatus::InProgress, 4_000),
                (CallStatus::Completed, 64_000),
            ],
        ),
    ];
    let is = summary(Direction::Inbound, &legs, false);
    assert_eq!(is.status, CallStatus::Completed);
    assert_eq!((is.duration_seconds, is.missed), (Some(60), false));
    assert_eq!(is.answered_by, Some(LegRole::Browser));
}

#[test]
fn a_call_that_nobody_answers_is_missed() {
    let caller = leg(
        LegRole::Caller,
        &[(CallStatus::InProgress, 0), (CallStatus::Completed, 9_000)],
    );
    let browser = |status| leg(LegRole::Browser, &[(CallStatus::Ringing, 10), (status, 8_000)]);
    for (ended, shown) in [
        (CallStatus::NoAnswer, CallStatus::NoAnswer),
        (CallStatus::Canceled, CallStatus::NoAnswer),
        (CallStatus::Busy, CallStatus::Busy),
    ] {
        let is = summary(Direction::Inbound, &[caller, browser(ended)], false);
        assert_eq!((is.status, is.missed), (shown, true));
        assert_eq!(is.duration_seconds, None);
    }
    let alone = summary(Direction::Inbound, &[caller], false);
    assert_eq!((alone.status, alone.missed), (CallStatus::NoAnswer, true));
}

#[test]
fn what_the_callee_does_is_how_an_outbound_call_ends() {
    let caller = leg(
        LegRole::Caller,
        &[(CallStatus::InProgress, 0), (CallStatus::Completed, 9_000)],
    );
    for status in [
        CallStatus::Busy,
        CallStatus::NoAnswer,
        CallStatus::Failed,
        CallStatus::Canceled,
    ] {
        let callee = leg(LegRole::Callee, &[(CallStatus::Initiated, 1), (status, 8_000)]);
        assert_eq!(summary(Direction::Outbound, &[caller, callee], false).status, status);
    }
    assert_eq!(
        summary(Direction::Outbound, &[caller], false).status,
        CallStatus::Canceled
    );
    assert_eq!(summary(Direction::Outbound, &[caller], true).status, CallStatus::Failed);
}

#[test]
fn an_outbound_call_rings_when_the_callee_does() {
    let caller = leg(LegRole::Caller, &[(CallStatus::InProgress, 0)]);
    assert_eq!(
        summary(Direction::Outbound, &[caller], false).status,
        CallStatus::Initiated
    );
    let callee = leg(LegRole::Callee, &[(CallStatus::Ringing, 1)]);
    assert_eq!(
        summary(Direction::Outbound, &[caller, callee], false).status,
        CallStatus::Ringing
    );
}

#[test]
fn a_late_ringing_does_not_wake_an_ended_call() {
    let caller = leg(
        LegRole::Caller,
        &[(CallStatus::Completed, 9_000), (CallStatus::Ringing, 9_500)],
    );
    let is = summary(Direction::Inbound, &[caller], false);
    assert!(is.status.is_terminal());
    assert_eq!(is.ended_at, Some(at(9_000)));
}

#[test]
fn a_leg_is_for_what_its_call_and_its_report_say_together() {
    use Direction::{Inbound, Outbound};
    let hint = |is_child, said, is_browser| RoleHint {
        is_child,
        said,
        is_browser,
    };
    let role = |hint: RoleHint, first, direction| hint.role("CA1", first, direction);
    // The first leg is the one whose SID the call has, whatever is said; until then, the one that no other made.
    assert_eq!(
        role(hint(true, Some(LegRole::Callee), true), Some("CA1"), Outbound),
        LegRole::Caller
    );
    assert_eq!(role(hint(false, None, false), None, Inbound), LegRole::Caller);
    let other = Some("CA2");
    assert_eq!(
        role(hint(false, Some(LegRole::Transfer), true), other, Inbound),
        LegRole::Transfer
    );
    assert_eq!(role(hint(true, None, true), None, Outbound), LegRole::Browser);
    assert_eq!(role(hint(true, None, false), other, Inbound), LegRole::Forward);
    assert_eq!(role(hint(false, None, false), other, Outbound), LegRole::Callee);
}
