-- Everybody whom the user writes to or speaks with, a row each. A row of nobody ('') has no place in any list.
CREATE TABLE threads (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    peer TEXT NOT NULL,
    -- What a search looks through.
    digits TEXT NOT NULL,
    name TEXT,
    folded_name TEXT,
    -- The newest of texts and calls.
    last_at BIGINT,
    last_kind TEXT,
    last_id TEXT,
    unread BIGINT NOT NULL DEFAULT 0,
    draft TEXT,
    PRIMARY KEY (user_id, peer)
);
CREATE INDEX threads_of_user ON threads (user_id, last_at, peer) WHERE last_at IS NOT NULL;
CREATE INDEX threads_unread ON threads (user_id, last_at, peer) WHERE unread > 0;

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_sid TEXT NOT NULL,
    origin TEXT NOT NULL,
    direction TEXT NOT NULL,
    from_number TEXT NOT NULL,
    to_number TEXT NOT NULL,
    -- Whose thread it is in; '' for none.
    peer TEXT NOT NULL,
    -- The number or the Messaging Service it goes by.
    sender TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_sid TEXT,
    body TEXT NOT NULL,
    folded TEXT NOT NULL,
    media TEXT,
    status TEXT NOT NULL,
    segments BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    -- Its place among the others.
    placed_at BIGINT NOT NULL,
    send_at BIGINT,
    sent_at BIGINT,
    delivered_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL,
    -- Its place on the way out to its recipient: the head may be sent, those that wait follow in order.
    lane TEXT,
    -- When the head may be looked at, again if a worker has it.
    due_at BIGINT,
    lease_token TEXT,
    lease_until BIGINT,
    -- Since when nothing was heard of it, while its end is to come.
    quiet_since BIGINT
);
CREATE UNIQUE INDEX messages_of_provider ON messages (provider_sid, account_sid, provider);
CREATE INDEX messages_of_user ON messages (user_id, placed_at, id);
CREATE INDEX messages_of_thread ON messages (user_id, peer, placed_at, id);
CREATE UNIQUE INDEX one_head_for_each_recipient ON messages (user_id, peer) WHERE lane = 'head';
CREATE INDEX messages_that_wait ON messages (user_id, peer, placed_at, id) WHERE lane = 'waiting';
CREATE INDEX messages_due ON messages (user_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX messages_by_due ON messages (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX messages_scheduled ON messages (send_at) WHERE status = 'scheduled';
CREATE INDEX messages_leased ON messages (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX messages_in_flight ON messages (user_id, lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX messages_quiet ON messages (quiet_since) WHERE quiet_since IS NOT NULL;

-- Lines are added, never changed.
CREATE TABLE message_events (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT,
    sid TEXT,
    detail TEXT,
    happened_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, seq)
);
CREATE UNIQUE INDEX one_line_for_each_report ON message_events (message_id, sid, status) WHERE kind = 'reported';

CREATE TABLE opt_outs (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sender TEXT NOT NULL,
    peer TEXT NOT NULL,
    opted_out_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, peer, sender)
);

CREATE TABLE text_settings (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    messaging_service_sid TEXT,
    notify_sign_in BIGINT NOT NULL,
    notify_number TEXT,
    updated_at BIGINT NOT NULL
);

-- The calls of a thread are found by the digits of its number.
CREATE INDEX calls_of_thread ON calls (user_id, digits, started_at, id);

INSERT INTO threads (user_id, peer, digits, last_at, last_kind, last_id)
SELECT user_id, '+' || digits, digits, started_at, 'call', id FROM calls
WHERE digits <> '' AND CASE direction WHEN 'inbound' THEN from_number ELSE to_number END = '+' || digits
  AND NOT EXISTS (
    SELECT 1 FROM calls AS newer WHERE newer.user_id = calls.user_id AND newer.digits = calls.digits
      AND (newer.started_at > calls.started_at OR (newer.started_at = calls.started_at AND newer.id > calls.id)))
ON CONFLICT DO NOTHING;
