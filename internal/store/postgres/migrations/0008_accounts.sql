-- +goose Up
-- People who were put to rest, and accounts of programs.

ALTER TABLE users ADD COLUMN deactivated BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN service BOOLEAN NOT NULL DEFAULT false;
