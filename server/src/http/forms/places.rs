//! Where every form of a browser leads.

/// Where a form leads.
pub(super) struct Form {
    /// The form's address.
    pub(super) path: &'static str,
    /// After success; `{to}` stands for the number in the answer.
    pub(super) done: &'static str,
    /// After a refusal, with its code in the query.
    pub(super) refused: &'static str,
}

/// All of them.
pub(super) const FORMS: &[Form] = &[
    Form {
        path: "/auth/sign-up",
        done: "/twilio/setup",
        refused: "/sign-up",
    },
    Form {
        path: "/auth/sign-in",
        done: "/twilio/setup",
        refused: "/sign-in",
    },
    Form {
        path: "/auth/sign-out",
        done: "/",
        refused: "/",
    },
    Form {
        path: "/auth/sessions/revoke",
        done: "/settings/sessions",
        refused: "/settings/sessions",
    },
    Form {
        path: "/account/password",
        done: "/settings/account?done=password_changed",
        refused: "/settings/account",
    },
    Form {
        path: "/account/erase",
        done: "/sign-in?done=account_erased",
        refused: "/settings/account",
    },
    Form {
        path: "/operator/try-again",
        done: "/operator?done=tried_again",
        refused: "/operator",
    },
    Form {
        path: "/operator/erase",
        done: "/operator?done=user_erased",
        refused: "/operator",
    },
    Form {
        path: "/twilio/verify",
        done: "/twilio/setup/number",
        refused: "/twilio/setup/credentials",
    },
    Form {
        path: "/twilio/credentials",
        done: "/twilio/setup?done=connected",
        refused: "/twilio/setup/number",
    },
    Form {
        path: "/twilio/disconnect",
        done: "/twilio/setup?done=disconnected",
        refused: "/twilio/setup",
    },
    Form {
        path: "/twilio/setup/start-over",
        done: "/twilio/setup",
        refused: "/twilio/setup",
    },
    Form {
        path: "/twilio/setup/retry-removal",
        done: "/twilio/setup?done=removed",
        refused: "/twilio/setup",
    },
    Form {
        path: "/twilio/setup/refresh-numbers",
        done: "/twilio/setup/number",
        refused: "/twilio/setup/number",
    },
    Form {
        path: "/twilio/setup/replace-token",
        done: "/twilio/setup?done=token_replaced",
        refused: "/twilio/setup",
    },
    Form {
        path: "/twilio/setup/re-check",
        done: "/twilio/setup?check=now",
        refused: "/twilio/setup",
    },
    Form {
        path: "/twilio/setup/repair",
        done: "/twilio/setup?check=now",
        refused: "/twilio/setup",
    },
    Form {
        path: "/twilio/setup/roll-key",
        done: "/twilio/setup?done=key_rolled",
        refused: "/twilio/setup",
    },
    Form {
        path: "/twilio/setup/search-leftovers",
        done: "/twilio/setup?done=searched",
        refused: "/twilio/setup",
    },
    Form {
        path: "/settings/calls",
        done: "/settings/calls?done=saved",
        refused: "/settings/calls",
    },
    Form {
        path: "/settings/calls/menu",
        done: "/settings/calls?done=menu_saved",
        refused: "/settings/calls",
    },
    Form {
        path: "/api/calls",
        done: "/calls",
        refused: "/calls",
    },
    Form {
        path: "/calls/seen",
        done: "/calls",
        refused: "/calls",
    },
    Form {
        path: "/recordings/delete",
        done: "/calls?done=recording_deleted",
        refused: "/calls",
    },
    Form {
        path: "/phone/presence",
        done: "/calls",
        refused: "/calls",
    },
    Form {
        path: "/phone/hold",
        done: "/calls",
        refused: "/calls",
    },
    Form {
        path: "/phone/transfer",
        done: "/calls",
        refused: "/calls",
    },
    Form {
        path: "/phone/end",
        done: "/calls",
        refused: "/calls",
    },
    Form {
        path: "/api/messages",
        done: "/messages/{to}",
        refused: "/messages",
    },
    Form {
        path: "/messages/send",
        done: "/messages/{to}",
        refused: "/messages",
    },
    Form {
        path: "/messages/retry",
        done: "/messages",
        refused: "/messages",
    },
    Form {
        path: "/messages/cancel",
        done: "/messages",
        refused: "/messages",
    },
    Form {
        path: "/messages/seen",
        done: "/messages",
        refused: "/messages",
    },
    Form {
        path: "/messages/draft",
        done: "/messages",
        refused: "/messages",
    },
    Form {
        path: "/messages/name",
        done: "/messages",
        refused: "/messages",
    },
    Form {
        path: "/settings/texts",
        done: "/settings/texts?done=saved",
        refused: "/settings/texts",
    },
];
