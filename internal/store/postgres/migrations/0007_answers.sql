-- +goose Up
-- Requests that are done once, whatever happens to their answers on the way.

CREATE TABLE answers (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name    TEXT COLLATE "C" NOT NULL, -- the key that the caller chose
    request BYTEA  NOT NULL, -- a hash of what was asked for
    sealed  BYTEA  NOT NULL, -- the answer, encrypted; empty while there is none
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, name)
);
CREATE INDEX answers_end ON answers (ends_at);
