-- +goose Up
-- What somebody who signed up asked for, and gets when the link is followed.

ALTER TABLE links ADD COLUMN wished_username TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN wished_organization TEXT NOT NULL DEFAULT '';
