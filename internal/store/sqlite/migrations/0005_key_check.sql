-- +goose Up
-- A text that the encryption key in use sealed, by which a server knows whether it
-- holds that key.

CREATE TABLE key_check (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    sealed    BLOB NOT NULL,
    sealed_by TEXT NOT NULL -- the id of the key
);
