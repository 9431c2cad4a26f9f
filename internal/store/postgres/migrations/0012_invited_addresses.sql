-- +goose Up
-- The address of a user who waits for an invitation reserves nothing: an account may
-- have it, and so may users who wait for the invitations of other organizations.

ALTER TABLE emails ADD COLUMN invited BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE emails ADD COLUMN claimed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE emails ADD CONSTRAINT emails_invited_check CHECK (NOT (invited AND verified));
ALTER TABLE emails DROP CONSTRAINT emails_address_key_key;
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
