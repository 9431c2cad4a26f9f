-- +goose Up
-- Lists in another order than by id, and search by a part of a name or address.

CREATE INDEX users_name ON users (name_key, id);
CREATE INDEX users_username ON users (coalesce(username_key, ''), id);
CREATE INDEX users_created ON users (created_at, id);
CREATE INDEX users_inactive ON users (state, id) WHERE state <> 'active';

-- What a search looks at: name, username and addresses, folded, a line each. It is
-- written with each commit that changes them; '' waits to be written.
CREATE TABLE search (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    text    TEXT NOT NULL
);
CREATE INDEX search_waiting ON search (user_id) WHERE text = '';
INSERT INTO search (user_id, text) SELECT id, '' FROM users;

-- Which stretches of five characters stand in whose text, a line each: all that
-- is printable is part of one. See docs/paging.md.
CREATE VIRTUAL TABLE search_grams USING fts5 (
    grams, content = '', contentless_delete = 1, detail = none,
    tokenize = "ascii tokenchars ' !""#$%&''()*+,-./:;<=>?@[\]^_`{|}~'"
);
INSERT INTO search_grams (search_grams, rank) VALUES ('hashsize', 8000000);
INSERT INTO search_grams (search_grams, rank) VALUES ('automerge', 8);
