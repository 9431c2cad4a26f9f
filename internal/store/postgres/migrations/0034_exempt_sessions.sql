-- +goose Up
-- Whether an access token, an API key or an administrator created the session, or one that it comes
-- from: it needs no second factor and changes none. Before, second_factor_at was set for it.
ALTER TABLE sessions ADD COLUMN exempt BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sessions SET exempt = TRUE, second_factor_at = 0 WHERE proven_at = 0 AND second_factor_at <> 0;
