-- Who looks after the installation: whoever came first, until somebody says otherwise.
ALTER TABLE users ADD COLUMN is_operator BIGINT NOT NULL DEFAULT 0;
UPDATE users SET is_operator = 1 WHERE id = (SELECT id FROM users ORDER BY created_at, id LIMIT 1);

-- Requests to webhooks that were refused, alike ones in one row. Nothing of what was sent is kept.
CREATE TABLE refused_requests (
    id TEXT PRIMARY KEY,
    -- NULL where it is nobody's account: then it is the operator's to read.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    account_sid TEXT,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- For which address it was signed, and which one it should have been, as JSON.
    detail TEXT,
    times BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX refused_requests_of_user ON refused_requests (user_id, last_at);
CREATE INDEX refused_requests_by_age ON refused_requests (last_at);

-- Texts of which nobody knows whether they were sent: few, and an operator counts them.
CREATE INDEX messages_of_unknown_fate ON messages (user_id) WHERE status = 'unknown';
