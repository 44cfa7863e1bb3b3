-- How each connection fares at Twilio: what was found there last, when it is looked at again, and what is remembered for it.
CREATE TABLE connection_watch (
    connection_id TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    -- JSON: what the last look has found.
    health TEXT,
    checked_at BIGINT,
    out_of_order_since BIGINT,
    -- No moment: it is not in use, so nobody looks.
    next_check_at BIGINT,
    -- JSON: every public address of ours that its number may have been pointed at, the newest last.
    webhook_bases TEXT NOT NULL,
    api_key_made_at BIGINT,
    -- Work of ours that failed is tried again then.
    try_again_at BIGINT,
    -- When its account is searched for what no row explains.
    sweep_at BIGINT,
    -- The connection is over, but something may have been made after we looked: then we look once more.
    last_look_at BIGINT
);
INSERT INTO connection_watch (connection_id, next_check_at, webhook_bases, sweep_at)
    SELECT id, CASE WHEN state = 'connected' THEN 0 END, '[]', CASE WHEN state = 'connected' THEN 0 END
    FROM connections;
CREATE INDEX watch_next_check ON connection_watch (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX watch_sweep ON connection_watch (sweep_at) WHERE sweep_at IS NOT NULL;
CREATE INDEX watch_last_look ON connection_watch (last_look_at) WHERE last_look_at IS NOT NULL;
CREATE INDEX steps_under_way ON connection_steps (connection_id) WHERE state = 'running';

-- API keys that were replaced, until they are deleted at Twilio.
CREATE TABLE retired_keys (
    sid TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    delete_at BIGINT NOT NULL,
    problem TEXT
);
CREATE INDEX retired_keys_due ON retired_keys (delete_at);
CREATE INDEX retired_keys_of_connection ON retired_keys (connection_id);

-- What was done to a connection without its owner having asked, in words.
CREATE TABLE connection_notes (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    noted_at BIGINT NOT NULL,
    sentence TEXT NOT NULL
);
CREATE INDEX notes_of_connection ON connection_notes (connection_id, noted_at);

-- What carries our name in a user's account although no row explains it.
CREATE TABLE leftovers (
    account_sid TEXT NOT NULL,
    sid TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT,
    first_seen_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_sid, sid)
);
CREATE INDEX leftovers_of_user ON leftovers (user_id, updated_at);

-- The public address of the server that started last: one that was started with another has had its day.
ALTER TABLE installation ADD COLUMN app_url TEXT;
