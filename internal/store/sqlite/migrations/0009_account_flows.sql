-- +goose Up
-- When a login last showed a password, projects that an invitation brings, and
-- letters that are read in colour too.

ALTER TABLE sessions ADD COLUMN proven_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET proven_at = created_at;

CREATE TABLE invitation_projects (
    invitation_id BIGINT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    project_id    BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, project_id)
);
CREATE INDEX invitation_projects_project ON invitation_projects (project_id);

ALTER TABLE mails ADD COLUMN html BLOB NOT NULL DEFAULT x'';

-- One more purpose: a link that takes a change of address back.
CREATE TABLE next_links (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    purpose          TEXT   NOT NULL CHECK (purpose IN ('verify', 'reset', 'setup', 'revert')),
    user_id          BIGINT REFERENCES users (id) ON DELETE CASCADE, -- NULL: before there is anybody
    address          TEXT   NOT NULL,
    password_version BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    used_at          BIGINT NOT NULL,
    hash             BLOB   NOT NULL UNIQUE
);
INSERT INTO next_links (id, purpose, user_id, address, password_version, created_at, expires_at, used_at, hash)
    SELECT id, purpose, user_id, address, password_version, created_at, expires_at, used_at, hash FROM links;
DROP TABLE links;
ALTER TABLE next_links RENAME TO links;
CREATE INDEX links_user ON links (user_id);
