-- +goose Up
-- Lists in another order than by id, and search by a part of a name or address.

CREATE INDEX users_name ON users (name_key, id);
CREATE INDEX users_username ON users (coalesce(username_key, ''), id);
CREATE INDEX users_created ON users (created_at, id);
CREATE INDEX users_inactive ON users (state, id) WHERE state <> 'active';

-- What a search looks at: name, username and addresses, folded, a line each. It is
-- written with each commit that changes them; '' waits to be written.
CREATE TABLE search (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    text    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX search_waiting ON search (user_id) WHERE text = '';
INSERT INTO search (user_id, text) SELECT id, '' FROM users;

-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'search needs the extension pg_trgm, and this user may not add it; have the owner of the database run CREATE EXTENSION pg_trgm in it';
    WHEN undefined_file OR feature_not_supported THEN
        RAISE EXCEPTION 'search needs the extension pg_trgm, and the server does not have it; install its package (postgresql-contrib)';
END $$;
-- +goose StatementEnd

-- The extension may stand in any schema.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE (SELECT format('CREATE INDEX search_text ON search USING gin (text %I.gin_trgm_ops)', nspname)
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_trgm');
END $$;
-- +goose StatementEnd
