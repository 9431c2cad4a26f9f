-- +goose Up
-- People who were put to rest, and accounts of programs.

ALTER TABLE users ADD COLUMN deactivated BOOLEAN NOT NULL DEFAULT 0 CHECK (deactivated IN (0, 1));
ALTER TABLE users ADD COLUMN service BOOLEAN NOT NULL DEFAULT 0 CHECK (service IN (0, 1));
