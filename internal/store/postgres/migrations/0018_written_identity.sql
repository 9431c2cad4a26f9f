-- +goose Up
-- What of an external identity was written last: the provider of the identity that
-- is shown, or a provider or an external uid alone, whose other half was not given.
ALTER TABLE users ADD COLUMN written_provider TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN written_extern_uid TEXT NOT NULL DEFAULT '';
