-- +goose Up
-- Search among events, their retention, and webhooks.

-- Conditions that stand in an index stand in the queries too: see eventTerms.
CREATE INDEX events_actor ON events (actor_id, id) WHERE actor_id <> 0;
CREATE INDEX events_real ON events (real_id, id) WHERE real_id <> actor_id;
CREATE INDEX events_target ON events (target, target_id, id) WHERE target <> 'user';
CREATE INDEX events_organization ON events (organization_id, id) WHERE organization_id <> 0;
CREATE INDEX events_verb ON events (verb, id);
CREATE INDEX events_at ON events (at, id);

-- The last event that was dropped; the chain begins after it.
CREATE TABLE event_start (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    last_id   BIGINT NOT NULL,
    last_hash BLOB NOT NULL
);
INSERT INTO event_start (id, last_id, last_hash) VALUES (1, 0, zeroblob(32));

CREATE TABLE webhooks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    url         TEXT    NOT NULL,
    description TEXT    NOT NULL,
    verbs       TEXT    NOT NULL, -- words; '' for all
    enabled     BOOLEAN NOT NULL CHECK (enabled IN (0, 1)),
    reason      TEXT    NOT NULL,
    sealed      BLOB    NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);

-- They refer to nothing: a deed does not fail because a webhook has just gone, and
-- their events are written after them.
CREATE TABLE deliveries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id   BIGINT NOT NULL,
    event_id     BIGINT NOT NULL,
    user_id      BIGINT NOT NULL,
    verb         TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts     BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    status       BIGINT NOT NULL,
    reason       TEXT   NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_turn ON deliveries (webhook_id, user_id, id) WHERE state = 'pending';
CREATE INDEX deliveries_event ON deliveries (event_id) WHERE state = 'pending';
CREATE INDEX deliveries_state ON deliveries (webhook_id, state, id);
CREATE INDEX deliveries_ended ON deliveries (state, ended_at) WHERE state <> 'pending';
