-- +goose Up
-- What this database calls itself, for the anchor that lies outside of it, and the number
-- of the newest key of the chain of events: 0 while the chain has no key.

CREATE TABLE installation (
    id       BIGINT  PRIMARY KEY CHECK (id = 1),
    uid      TEXT    NOT NULL,
    anchored BOOLEAN NOT NULL -- the data folder must have an anchor
);

ALTER TABLE event_head ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
