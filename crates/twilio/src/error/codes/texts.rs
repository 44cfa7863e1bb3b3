//! The codes of texts: 212xx to 217xx answer a request, 30xxx come later, with the status.

pub(super) fn explain(code: u32) -> Option<&'static str> {
    explain_request(code)
        .or_else(|| explain_delivery(code))
        .or_else(|| explain_registration(code))
}

fn explain_request(code: u32) -> Option<&'static str> {
    Some(match code {
        21265 => "Twilio does not send texts to short numbers like this one.",
        21266 => "A number cannot text itself. Check the recipient's number.",
        21602 | 21619 => "The text is empty. Write something, or add a picture.",
        21603 => "No number is chosen to send the text from. Choose one in the settings.",
        21604 => "The recipient's number is missing.",
        21606 | 21659..=21661 => {
            "The number that the text would come from cannot send it: it must be a number of this Twilio account that can send texts."
        }
        21607 => {
            "A Twilio trial account may only send texts from its own number. Upgrade the account in the Twilio Console."
        }
        21608 => {
            "A Twilio trial account may only text numbers that it has verified. Verify this one in the Twilio Console, or upgrade the account."
        }
        21609 => {
            "Twilio does not accept an address for its callbacks. It must be a public https address that Twilio can reach."
        }
        21610 => {
            "This person has opted out of texts from your number by answering STOP. Only they can undo it, by texting START to it."
        }
        21611 => "Too many texts wait to be sent from this number. Try again in a while.",
        21612 => "Twilio cannot reach this number by text from yours. Check it, with its country code.",
        21614 => "This number cannot receive texts: it is not a mobile number.",
        21617 => "The text is too long. It may have 1,600 characters at most.",
        21620 => "Twilio could not fetch a picture of this text. It must be at a public https address.",
        21623 => "The text has too many pictures. It may have 10 at most.",
        21635 => "This number is a landline, which cannot receive texts.",
        21703 | 21704 => {
            "The Messaging Service has no number that can send this text. Add one to it in the Twilio Console."
        }
        21705 => "Twilio does not know this Messaging Service. Choose another one in the settings.",
        21712 => "This number belongs to another Messaging Service. Choose that one in the settings.",
        _ => return None,
    })
}

fn explain_delivery(code: u32) -> Option<&'static str> {
    Some(match code {
        30001 => "Too many texts were waiting to be sent. Try again in a while.",
        30002 => "This Twilio account was suspended before the text was sent. Open the Twilio Console: it says why.",
        30003 => "The recipient's phone is off, has no signal, or does not take texts. Try again later.",
        30004 => "The recipient's network or phone blocks texts from this number.",
        30005 => "This number is not in use, or the phone has been off for long. Check the number.",
        30006 => "This number is a landline, or its network cannot be reached by text.",
        30007 => "The network took this text for spam and did not deliver it. Write it differently, with fewer links.",
        30008 => "The network did not say why the text did not arrive. Try again later.",
        30010 => "The text would have cost more than the most that is allowed for it.",
        30011 => "The recipient's network does not take pictures. Send the text without them.",
        30017 => "The network was too busy. Try again in a while.",
        30019 => "The text is too large for the recipient's network. Use smaller pictures.",
        30036 => "The text could not be delivered in time, and was given up.",
        30038 => "The network does not deliver texts with one-time codes from this number.",
        30039 => "Twilio held the text back: texts like it were going round in a circle.",
        30450 => "Twilio held the text back: too many were sent to similar numbers. Try again in half an hour.",
        30453 => "The text did not arrive. Check the recipient's number, and try again later.",
        30454 => {
            "This Twilio account has sent as many texts as it may for now. Upgrade it in the Twilio Console, or wait."
        }
        30500 => {
            "Twilio has a fault of its own right now. Try again in a few minutes, or see https://status.twilio.com."
        }
        _ => return None,
    })
}

fn explain_registration(code: u32) -> Option<&'static str> {
    Some(match code {
        30018 | 30024 | 30040 => {
            "This country only takes texts from registered senders. Register yours in the Twilio Console under Messaging, Regulatory compliance."
        }
        30022 | 30023 | 30025..=30027 => {
            "The network takes no more texts from your registered numbers for now: the limit of the campaign is reached. Try again later."
        }
        30032 => {
            "This toll-free number is not verified for texts. Verify it in the Twilio Console under Messaging, Regulatory compliance."
        }
        30033 => {
            "Your registered campaign is suspended. The Twilio Console says why, under Messaging, Regulatory compliance."
        }
        30034 => {
            "Local numbers of the United States must be registered to send texts there (A2P 10DLC). Register this one in the Twilio Console under Messaging, Regulatory compliance."
        }
        30035 => "This number is still being set up for texts. Try again in a few hours.",
        _ => return None,
    })
}
