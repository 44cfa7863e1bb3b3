//! The words that attributes are made of.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of_one:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$of_one])* $variant,)+
        }

        impl $name {
            /// All of them, in the order in which they happen or are documented.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As Twilio writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// How Twilio asks a URL.
    Method {
        /// Parameters in the query.
        Get = "GET",
        /// Parameters in the body; what Twilio does unless told.
        Post = "POST",
    }
}

words! {
    /// What of a call's course is reported to its status callback.
    CallEvent {
        /// Twilio starts to dial.
        Initiated = "initiated",
        /// The other side rings.
        Ringing = "ringing",
        /// Somebody answered.
        Answered = "answered",
        /// The call is over, however it ended.
        Completed = "completed",
    }
}

words! {
    /// What of a recording's course is reported to its status callback.
    RecordingEvent {
        /// It has begun.
        InProgress = "in-progress",
        /// It can be fetched.
        Completed = "completed",
        /// There was nothing to record.
        Absent = "absent",
    }
}

words! {
    /// What of a conference's course is reported to its status callback.
    ConferenceEvent {
        /// It begins.
        Start = "start",
        /// It is over.
        End = "end",
        /// Somebody comes.
        Join = "join",
        /// Somebody goes.
        Leave = "leave",
        /// Somebody is muted, or no longer.
        Mute = "mute",
        /// Somebody is put on hold, or no longer.
        Hold = "hold",
        /// A participant's settings change.
        Modify = "modify",
        /// Somebody begins or ceases to speak.
        Speaker = "speaker",
        /// An announcement ends or fails.
        Announcement = "announcement",
    }
}

words! {
    /// Whether and from when on `<Dial>` records.
    DialRecord {
        /// Not at all.
        DoNotRecord = "do-not-record",
        /// From the answer on, both sides in one channel.
        FromAnswer = "record-from-answer",
        /// From the ringing on, both sides in one channel.
        FromRinging = "record-from-ringing",
        /// From the answer on, each side in a channel of its own.
        FromAnswerDual = "record-from-answer-dual",
        /// From the ringing on, each side in a channel of its own.
        FromRingingDual = "record-from-ringing-dual",
    }
}

words! {
    /// Whether a conference is recorded.
    ConferenceRecord {
        /// It is not.
        DoNotRecord = "do-not-record",
        /// It is, from its start on.
        FromStart = "record-from-start",
    }
}

words! {
    /// What is cut off a recording.
    Trim {
        /// Silence at both ends.
        Silence = "trim-silence",
        /// Nothing.
        Nothing = "do-not-trim",
    }
}

words! {
    /// When a conference beeps.
    Beep {
        /// When somebody comes and when somebody goes.
        Always = "true",
        /// Never.
        Never = "false",
        /// When somebody comes.
        OnEnter = "onEnter",
        /// When somebody goes.
        OnExit = "onExit",
    }
}

words! {
    /// What `<Gather>` listens for.
    GatherInput {
        /// Keys.
        Dtmf = "dtmf",
        /// Words.
        Speech = "speech",
        /// Whichever comes first.
        DtmfSpeech = "dtmf speech",
    }
}

words! {
    /// What the caller is told.
    RejectReason {
        /// The number is not in service.
        Rejected = "rejected",
        /// The line is busy.
        Busy = "busy",
    }
}
