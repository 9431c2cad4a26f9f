-- +goose Up
-- Ended tokens, invitations and links, which are deleted some time after their end.
CREATE INDEX access_tokens_revoked ON access_tokens (revoked_at) WHERE revoked_at <> 0;
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at) WHERE expires_at <> 0;
CREATE INDEX invitations_accepted ON invitations (accepted_at) WHERE accepted_at <> 0;
CREATE INDEX invitations_revoked ON invitations (revoked_at) WHERE revoked_at <> 0;
CREATE INDEX links_used ON links (used_at) WHERE used_at <> 0;
