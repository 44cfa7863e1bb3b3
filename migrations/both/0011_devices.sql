-- Browsers that somebody has signed in with. Their cookies are not stored, only the SHA-256 in hexadecimal digits.
CREATE TABLE devices (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_hash TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, device_hash)
);
CREATE INDEX devices_by_age ON devices (last_seen_at);

-- Which browser a session is in; NULL where it has no cookie of that kind.
ALTER TABLE sessions ADD COLUMN device_hash TEXT;

-- Of all who sign up first at the same moment, one has come first.
ALTER TABLE users ADD COLUMN came_first BIGINT;
CREATE UNIQUE INDEX one_user_came_first ON users (came_first);
