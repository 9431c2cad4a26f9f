-- +goose Up
-- How far each import has come, so that one that was cut off can go on.

CREATE TABLE imports (
    name     TEXT   PRIMARY KEY NOT NULL,
    line     BIGINT NOT NULL, -- the last one that was dealt with
    digest   BLOB   NOT NULL, -- of all lines up to it
    accepted BIGINT NOT NULL,
    refused  BIGINT NOT NULL,
    at       BIGINT NOT NULL
);
