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

ALTER TABLE mails ADD COLUMN html BYTEA NOT NULL DEFAULT '';

-- One more purpose: a link that takes a change of address back.
ALTER TABLE links DROP CONSTRAINT links_purpose_check;
ALTER TABLE links ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('verify', 'reset', 'setup', 'revert'));
