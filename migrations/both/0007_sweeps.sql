-- When Twilio's lists are read next for what was never told, pushed on by whoever reads them, and up to when they were read.
ALTER TABLE connections ADD COLUMN next_sweep_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN swept_until BIGINT;
CREATE INDEX connections_by_sweep ON connections (next_sweep_at) WHERE state = 'connected';

-- How often its removal was tried, and when Twilio was last asked how far it is.
ALTER TABLE recordings ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN asked_at BIGINT;
CREATE INDEX recordings_under_way ON recordings (user_id) WHERE status = 'in-progress';

CREATE INDEX messages_quiet_of_user ON messages (user_id) WHERE quiet_since IS NOT NULL;
