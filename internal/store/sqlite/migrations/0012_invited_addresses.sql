-- +goose Up
-- The address of a user who waits for an invitation reserves nothing: an account may
-- have it, and so may users who wait for the invitations of other organizations.

CREATE TABLE next_emails (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address     TEXT    NOT NULL,
    address_key TEXT    NOT NULL CHECK (address_key <> ''),
    is_primary  BOOLEAN NOT NULL CHECK (is_primary IN (0, 1)),
    verified    BOOLEAN NOT NULL CHECK (verified IN (0, 1)),
    former      BOOLEAN NOT NULL DEFAULT FALSE CHECK (former IN (0, 1)),
    invited     BOOLEAN NOT NULL DEFAULT FALSE CHECK (invited IN (0, 1)),
    claimed     BOOLEAN NOT NULL DEFAULT FALSE CHECK (claimed IN (0, 1)),
    created_at  BIGINT  NOT NULL,
    CHECK (NOT (invited AND verified))
);
INSERT INTO next_emails (id, user_id, address, address_key, is_primary, verified, former, created_at)
    SELECT id, user_id, address, address_key, is_primary, verified, former, created_at FROM emails;
-- The ids of deleted rows stay unused.
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'next_emails', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'next_emails');
UPDATE sqlite_sequence SET seq = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'emails'), 0) WHERE name = 'next_emails';
DROP TABLE emails;
ALTER TABLE next_emails RENAME TO emails;
CREATE INDEX emails_user ON emails (user_id);
CREATE UNIQUE INDEX emails_primary ON emails (user_id) WHERE is_primary;
CREATE UNIQUE INDEX emails_address ON emails (address_key) WHERE NOT invited;
CREATE INDEX emails_invited ON emails (address_key) WHERE invited;

-- Users who wait, with the organization whose invitation made them.
CREATE TABLE waiting (user_id BIGINT PRIMARY KEY, organization_id BIGINT);
INSERT INTO waiting (user_id, organization_id)
    SELECT u.id, (SELECT i.organization_id FROM invitations i
        WHERE i.user_id = u.id AND i.accepted_at = 0 AND i.revoked_at = 0 ORDER BY i.id LIMIT 1)
    FROM users u
    WHERE u.password_hash = '' AND u.activated_at = 0 AND u.state IN ('invited', 'blocked')
        AND (u.state = 'invited' OR EXISTS (SELECT 1 FROM invitations i WHERE i.user_id = u.id));
UPDATE emails SET invited = TRUE WHERE is_primary AND NOT verified AND user_id IN (SELECT user_id FROM waiting);
-- Several organizations may have shared one of these users. The first keeps the user;
-- the invitations of the others stay open and make another account.
DELETE FROM members WHERE EXISTS (SELECT 1 FROM waiting w
    WHERE w.user_id = members.user_id AND w.organization_id <> members.organization_id);
DELETE FROM assignments WHERE EXISTS (SELECT 1 FROM waiting w JOIN projects p ON p.id = assignments.project_id
    WHERE w.user_id = assignments.user_id AND w.organization_id <> p.organization_id);
UPDATE invitations SET user_id = NULL WHERE accepted_at = 0 AND EXISTS (SELECT 1 FROM waiting w
    WHERE w.user_id = invitations.user_id AND w.organization_id <> invitations.organization_id);
UPDATE users SET admin = FALSE WHERE id IN (SELECT user_id FROM waiting);
DROP TABLE waiting;
