-- The token before the last change: what Twilio signed with it and sends late is still good until then.
ALTER TABLE connections ADD COLUMN previous_auth_token BLOB;
ALTER TABLE connections ADD COLUMN previous_auth_token_until BIGINT;
CREATE INDEX connections_with_previous_token ON connections (previous_auth_token_until)
    WHERE previous_auth_token_until IS NOT NULL;
