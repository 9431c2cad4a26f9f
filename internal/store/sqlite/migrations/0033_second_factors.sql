-- +goose Up
-- Second factors: apps with time-based codes and passkeys. sealed is the secret or the credential
-- record, encrypted; last_step is the last time step whose code was accepted.
CREATE TABLE authenticators (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind          TEXT   NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name          TEXT   NOT NULL,
    credential_id BLOB   UNIQUE,
    sealed        BLOB   NOT NULL,
    sealed_by     TEXT   NOT NULL,
    last_step     BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT NOT NULL
);
CREATE INDEX authenticators_user ON authenticators (user_id);

CREATE TABLE recovery_codes (
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash       BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- Enrolments and proofs of passkeys that have begun.
CREATE TABLE ceremonies (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT   NOT NULL CHECK (kind IN ('enrol_totp', 'register_passkey', 'assert_passkey')),
    user_id    BIGINT REFERENCES users (id) ON DELETE CASCADE,
    sealed     BLOB   NOT NULL,
    expires_at BIGINT NOT NULL,
    hash       BLOB   NOT NULL UNIQUE
);
CREATE INDEX ceremonies_user ON ceremonies (user_id);
CREATE INDEX ceremonies_end ON ceremonies (expires_at);

-- When a second factor was proven in the session; 0 for never.
ALTER TABLE sessions ADD COLUMN second_factor_at BIGINT NOT NULL DEFAULT 0;
-- Whether the members of the organization need a second factor.
ALTER TABLE organizations ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT 0 CHECK (second_factor IN (0, 1));
