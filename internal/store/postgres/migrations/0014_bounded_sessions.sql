-- +goose Up
-- Whether a credential that expires opened the session: then no credential that the
-- session makes is valid for longer than the session.

ALTER TABLE sessions ADD COLUMN bounded BOOLEAN NOT NULL DEFAULT FALSE;
