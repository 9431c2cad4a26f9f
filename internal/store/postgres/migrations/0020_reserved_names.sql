-- +goose Up
-- Names that were in use before and are not free again yet.

CREATE TABLE reserved_names (
    kind     TEXT COLLATE "C" NOT NULL, -- username, organization or slug
    name     TEXT COLLATE "C" NOT NULL, -- folded
    holder   BIGINT NOT NULL, -- id of the user or organization that had it; may be gone
    freed_at BIGINT NOT NULL,
    ends_at  BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE INDEX reserved_names_end ON reserved_names (ends_at);
