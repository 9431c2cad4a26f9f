-- +goose Up
-- The proven address that another one replaced is kept until that is proven too.

ALTER TABLE emails ADD COLUMN former BOOLEAN NOT NULL DEFAULT FALSE;
