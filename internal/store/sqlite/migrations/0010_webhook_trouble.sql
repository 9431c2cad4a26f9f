-- +goose Up
-- How a webhook fails at present: how often in a row, since when, and when it may be
-- tried next.

ALTER TABLE webhooks ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN failing_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN probe_at BIGINT NOT NULL DEFAULT 0;
