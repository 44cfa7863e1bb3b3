//! A call to a number of a simulated account: it is an outgoing call on one side and an incoming one on the other, with a line
//! between the two.

use std::sync::Arc;

use media::Sound;

use super::party::Party;
use super::pending::{Pending, ends};
use super::{incoming, run};
use crate::calls::{Call, CallStatus, Direction};
use crate::shared::Shared;

impl Pending {
    /// Calls a number that belongs to somebody here.
    pub(super) async fn ring_number(&mut self, number: &str) -> Result<Party, CallStatus> {
        let far_sid = self.shared.change(|world| {
            let (account, called) = world.number_called(number)?;
            let (account_sid, number_sid) = (account.sid.clone(), called.sid.clone());
            let from = world.book.call(&self.sid)?.value.from.clone();
            let mut call = Call::new(&account_sid, &from, number, Direction::Inbound);
            call.number_sid = Some(number_sid);
            call.status = CallStatus::Ringing;
            Some(world.book.add(call, None))
        });
        let far_sid = far_sid.ok_or(CallStatus::Failed)?;
        let near = self.shared.media.phone(Sound::Silence);
        let far = self.shared.media.phone(Sound::Ear(near.id()));
        near.set_sound(Sound::Ear(far.id()));
        self.rings();
        let (shared, own_sid, called) = (Arc::clone(&self.shared), self.sid.clone(), far_sid.clone());
        run(&self.shared, async move {
            incoming::enter(&shared, &called, |commands| {
                Party::line(&shared, far, &own_sid, commands)
            })
            .await;
        });
        let settled = until(&self.shared, &far_sid, |status| status != CallStatus::Ringing);
        tokio::pin!(settled);
        loop {
            tokio::select! {
                status = &mut settled => return match status {
                    CallStatus::InProgress => Ok(Party::line(&self.shared, near, &far_sid, self.sender.clone())),
                    CallStatus::Busy | CallStatus::Failed => {
                        near.close();
                        Err(status)
                    }
                    _ => {
                        near.close();
                        Err(CallStatus::NoAnswer)
                    }
                },
                command = self.commands.recv() => if ends(command.as_ref()) {
                    near.close();
                    return Err(CallStatus::Canceled);
                },
            }
        }
    }
}

/// Waits until a call is in such a state. One that is forgotten has failed.
pub(super) fn until<F: Fn(CallStatus) -> bool + Send>(
    shared: &Arc<Shared>,
    call_sid: &str,
    holds: F,
) -> impl Future<Output = CallStatus> + Send + use<F> {
    let (shared, call_sid) = (Arc::clone(shared), call_sid.to_owned());
    async move {
        let mut changes = shared.changes.subscribe();
        loop {
            let status = shared.world().book.call(&call_sid).map(|call| call.value.status);
            match status {
                Some(status) if holds(status) => return status,
                None => return CallStatus::Failed,
                Some(_) => {}
            }
            if changes.changed().await.is_err() {
                return CallStatus::Failed;
            }
        }
    }
}
