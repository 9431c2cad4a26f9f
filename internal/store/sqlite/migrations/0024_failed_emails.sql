-- +goose Up
-- The invitation that an email carries, so that the invitation tells when it was not
-- delivered; 0 for other emails.
ALTER TABLE mails ADD COLUMN invitation_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX mails_invitation ON mails (invitation_id) WHERE invitation_id <> 0;
