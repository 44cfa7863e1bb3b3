-- Numbers are E.164 where they are numbers at all, flags are 0 or 1.
ALTER TABLE users ADD COLUMN feed_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN calls_seen_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE voice_settings (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    no_answer TEXT NOT NULL,
    forward_to TEXT,
    ring_seconds BIGINT NOT NULL,
    greeting TEXT NOT NULL,
    recording TEXT NOT NULL,
    retention_days BIGINT,
    countries TEXT NOT NULL,
    max_concurrent BIGINT NOT NULL,
    max_minutes_a_day BIGINT NOT NULL,
    menu TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX voice_settings_with_retention ON voice_settings (user_id) WHERE retention_days IS NOT NULL;

-- A browser's phone that can ring, for as long as it says so.
CREATE TABLE phone_leases (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device TEXT NOT NULL,
    busy BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    PRIMARY KEY (user_id, device)
);

CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_sid TEXT NOT NULL,
    provider_sid TEXT,
    direction TEXT NOT NULL,
    origin TEXT NOT NULL,
    from_number TEXT NOT NULL,
    to_number TEXT NOT NULL,
    -- The digits of the other party's number: what a search looks through.
    digits TEXT NOT NULL,
    status TEXT NOT NULL,
    live BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at BIGINT,
    duration_seconds BIGINT,
    missed BIGINT NOT NULL DEFAULT 0,
    answered_by TEXT,
    error_code BIGINT,
    refused BIGINT NOT NULL DEFAULT 0,
    reason TEXT,
    asked_voicemail BIGINT NOT NULL DEFAULT 0,
    voicemail BIGINT NOT NULL DEFAULT 0,
    conference TEXT,
    on_hold BIGINT NOT NULL DEFAULT 0,
    transferred_to TEXT,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- The SID first, so that a call is found by it alone.
CREATE UNIQUE INDEX calls_of_provider ON calls (provider_sid, account_sid);
CREATE INDEX calls_of_user ON calls (user_id, started_at, id);
CREATE INDEX calls_by_direction ON calls (user_id, direction, started_at, id);
CREATE INDEX calls_missed ON calls (user_id, started_at, id) WHERE missed = 1;
CREATE INDEX calls_missed_by_end ON calls (user_id, ended_at) WHERE missed = 1;
CREATE INDEX calls_with_voicemail ON calls (user_id, started_at, id) WHERE voicemail = 1;
CREATE INDEX calls_live ON calls (user_id) WHERE live = 1;
CREATE INDEX calls_stale ON calls (updated_at) WHERE live = 1;

CREATE TABLE call_legs (
    account_sid TEXT NOT NULL,
    sid TEXT NOT NULL,
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at BIGINT,
    duration_seconds BIGINT,
    error_code BIGINT,
    PRIMARY KEY (sid, account_sid)
);
CREATE INDEX legs_of_call ON call_legs (call_id);

-- Lines are added, never changed.
CREATE TABLE call_events (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    leg TEXT,
    leg_sid TEXT,
    status TEXT,
    detail TEXT,
    happened_at BIGINT NOT NULL
);
CREATE INDEX events_of_call ON call_events (call_id, happened_at, id);
CREATE UNIQUE INDEX one_event_for_each_status_of_a_leg ON call_events (call_id, leg_sid, status) WHERE kind = 'status';

-- What Twilio asked, by what tells one request from another, and what was answered.
CREATE TABLE webhook_inbox (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    dedupe_key TEXT NOT NULL,
    answer TEXT,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, dedupe_key)
);
CREATE INDEX inbox_by_age ON webhook_inbox (received_at);

CREATE TABLE recordings (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    account_sid TEXT NOT NULL,
    sid TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    duration_seconds BIGINT,
    channels BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    -- When its removal at Twilio is to be tried next.
    due_at BIGINT
);
CREATE UNIQUE INDEX recordings_of_provider ON recordings (sid, account_sid);
CREATE INDEX recordings_of_call ON recordings (call_id, started_at);
CREATE INDEX recordings_by_age ON recordings (user_id, started_at) WHERE status = 'completed';
CREATE INDEX recordings_due ON recordings (due_at) WHERE status = 'deleting';

-- What changed, numbered without a gap for each user.
CREATE TABLE feed (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    ref_id TEXT NOT NULL,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, seq)
);
CREATE INDEX feed_by_age ON feed (noted_at);

CREATE TABLE idempotency_keys (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    route TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    result_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, route, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
