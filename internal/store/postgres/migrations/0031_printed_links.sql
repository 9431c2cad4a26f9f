-- +goose Up
-- A link that was printed for the operator and not mailed, so it verifies no address.
ALTER TABLE links ADD COLUMN printed BOOLEAN NOT NULL DEFAULT FALSE;
