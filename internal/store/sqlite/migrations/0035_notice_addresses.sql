-- +goose Up
-- Former primary addresses that receive security notices until ends_at.
CREATE TABLE notice_addresses (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address TEXT   NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, address)
);
CREATE INDEX notice_addresses_end ON notice_addresses (ends_at);
