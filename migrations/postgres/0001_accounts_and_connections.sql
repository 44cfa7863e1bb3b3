-- Ids are UUIDv7 as text, moments are milliseconds since the Unix epoch, secrets are sealed blobs.
CREATE TABLE installation (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    install_id TEXT NOT NULL,
    canary BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    voice_identity TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash BYTEA NOT NULL UNIQUE,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE setup_drafts (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    account TEXT,
    auth_token BYTEA,
    auth_token_last4 TEXT,
    phone_numbers TEXT,
    verified_at BIGINT,
    refused TEXT,
    updated_at BIGINT NOT NULL
);

CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_sid TEXT NOT NULL,
    account TEXT,
    auth_token BYTEA,
    auth_token_last4 TEXT NOT NULL,
    auth_token_saved_at BIGINT NOT NULL,
    phone_number_sid TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    application_sid TEXT,
    api_key_sid TEXT,
    api_key_secret BYTEA,
    take_over BIGINT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT,
    lease_token TEXT,
    lease_until BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_attempt_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    connected_at BIGINT
);
CREATE INDEX connections_of_user ON connections (user_id, created_at);
CREATE INDEX connections_of_number ON connections (phone_number_sid);
-- A user has one place for a connection, and so has a Twilio account.
CREATE UNIQUE INDEX one_current_connection_per_user ON connections (user_id)
    WHERE state IN ('provisioning', 'taking_back', 'connected', 'disconnecting');
CREATE UNIQUE INDEX one_current_connection_per_account ON connections (account_sid)
    WHERE state IN ('provisioning', 'taking_back', 'connected', 'disconnecting');
CREATE INDEX connections_at_work ON connections (state)
    WHERE state IN ('provisioning', 'taking_back', 'disconnecting', 'left_behind');

CREATE TABLE connection_steps (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    sid TEXT,
    snapshot TEXT,
    problem TEXT,
    started_at BIGINT,
    finished_at BIGINT,
    PRIMARY KEY (connection_id, kind)
);
