-- +goose Up
-- How the pages and the emails of a user look, and which notices the user receives. '' is the default.
CREATE TABLE preferences (
    user_id           BIGINT  NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    language          TEXT    NOT NULL,
    theme             TEXT    NOT NULL,
    time_zone         TEXT    NOT NULL,
    no_sign_in_notice BOOLEAN NOT NULL CHECK (no_sign_in_notice IN (0, 1))
);
