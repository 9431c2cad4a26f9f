-- +goose Up
-- Stored passwords in formats of other products, which are few and become fewer.
CREATE INDEX users_foreign_hash ON users (id) WHERE password_hash <> '' AND substr(password_hash, 1, 10) <> '$argon2id$';
