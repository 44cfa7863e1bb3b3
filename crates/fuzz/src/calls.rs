//! Reports of a call, in any order.

use domain::call::{CallStatus, Direction, LegRole, LegState, summary};
use domain::time::UnixMillis;

/// One report: what the leg is for, how far it is, when.
pub type Report = (u8, u8, u32);

const STATUSES: [CallStatus; 9] = [
    CallStatus::Queued,
    CallStatus::Initiated,
    CallStatus::Ringing,
    CallStatus::InProgress,
    CallStatus::Canceled,
    CallStatus::NoAnswer,
    CallStatus::Busy,
    CallStatus::Failed,
    CallStatus::Completed,
];
const ROLES: [LegRole; 5] = [
    LegRole::Caller,
    LegRole::Browser,
    LegRole::Forward,
    LegRole::Callee,
    LegRole::Transfer,
];

/// However reports come, repeated and out of order, they add up to the same; and what is over stays over.
pub fn reports(reports: &[Report], inbound: bool) {
    let direction = if inbound {
        Direction::Inbound
    } else {
        Direction::Outbound
    };
    let legs = merged(reports.iter());
    let again = merged(reports.iter().rev().chain(reports));
    assert_eq!(legs, again);
    let whole = summary(direction, &legs, false);
    let ends = |state: &LegState| state.ended_at.is_some() == state.status.is_terminal();
    assert!(legs.iter().all(ends), "{legs:?}");
    assert_eq!(whole.ended_at.is_some(), whole.status.is_terminal(), "{whole:?}");
    for known in 0..reports.len() {
        let before = merged(reports[..known].iter());
        for leg in &before {
            let after = legs.iter().find(|after| after.role == leg.role).unwrap();
            assert!(after.status >= leg.status, "a leg went back: {leg:?}, {after:?}");
        }
    }
}

/// One leg for each role.
fn merged<'a>(reports: impl Iterator<Item = &'a Report>) -> Vec<LegState> {
    let mut legs: Vec<LegState> = Vec::new();
    for (role, status, at) in reports {
        let role = ROLES[usize::from(*role) % ROLES.len()];
        let status = STATUSES[usize::from(*status) % STATUSES.len()];
        let report = LegState::reported(role, status, UnixMillis(i64::from(*at)));
        match legs.iter_mut().find(|leg| leg.role == role) {
            Some(leg) => *leg = leg.merge(report),
            None => legs.push(report),
        }
    }
    legs.sort_by_key(|leg| leg.role);
    legs
}
