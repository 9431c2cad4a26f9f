-- +goose Up
-- Whether an access token, an API key or an administrator created the session, or one that it comes
-- from: it needs no second factor and changes none. Before, second_factor_at was set for it.
ALTER TABLE sessions ADD COLUMN exempt BOOLEAN NOT NULL DEFAULT 0 CHECK (exempt IN (0, 1));
UPDATE sessions SET exempt = 1, second_factor_at = 0 WHERE proven_at = 0 AND second_factor_at <> 0;
