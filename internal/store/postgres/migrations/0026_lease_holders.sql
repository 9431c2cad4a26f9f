-- +goose Up
-- The process that holds the lease of an email or delivery, so that another one takes over
-- when that process has ended; 0 for none, or for a lease that ends with its time alone.
ALTER TABLE mails ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
CREATE INDEX mails_claimed ON mails (claimed_by) WHERE claimed_by <> 0;
CREATE INDEX deliveries_claimed ON deliveries (claimed_by) WHERE claimed_by <> 0;
