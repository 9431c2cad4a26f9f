-- +goose Up
-- The key of names that look alike (confusables.LookKey); '' for names of plain characters, which
-- are found by their folded form. The program fills in the keys.
ALTER TABLE users ADD COLUMN look_key TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX users_look ON users (look_key) WHERE look_key <> '';
ALTER TABLE organizations ADD COLUMN look_key TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX organizations_look ON organizations (look_key) WHERE look_key <> '';
