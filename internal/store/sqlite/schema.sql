-- Written by the test of this package (make golden): what the migrations make.

CREATE TABLE access_tokens (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id      BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT   NOT NULL,
    scopes       TEXT   NOT NULL, -- separated by spaces
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL,
    hash         BLOB   NOT NULL UNIQUE
);

CREATE INDEX access_tokens_expiry ON access_tokens (expires_at) WHERE expires_at <> 0;

CREATE INDEX access_tokens_revoked ON access_tokens (revoked_at) WHERE revoked_at <> 0;

CREATE INDEX access_tokens_user ON access_tokens (user_id);

CREATE TABLE answers (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name    TEXT   NOT NULL, -- the key that the caller chose
    request BLOB  NOT NULL, -- a hash of what was asked for
    sealed  BLOB  NOT NULL, -- the answer, encrypted; empty while there is none
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, name)
);

CREATE INDEX answers_end ON answers (ends_at);

CREATE TABLE api_keys (
    user_id      INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    lookup       BLOB   NOT NULL UNIQUE,
    sealed       BLOB   NOT NULL,
    sealed_by    TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);

CREATE TABLE assignments (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, user_id)
);

CREATE INDEX assignments_user ON assignments (user_id);

CREATE TABLE authenticators (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind          TEXT   NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name          TEXT   NOT NULL,
    credential_id BLOB   UNIQUE,
    sealed        BLOB   NOT NULL,
    sealed_by     TEXT   NOT NULL,
    last_step     BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT NOT NULL
);

CREATE INDEX authenticators_kind ON authenticators (kind, user_id);

CREATE INDEX authenticators_user ON authenticators (user_id);

CREATE TABLE ceremonies (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT   NOT NULL CHECK (kind IN ('enrol_totp', 'register_passkey', 'assert_passkey')),
    user_id    BIGINT REFERENCES users (id) ON DELETE CASCADE,
    sealed     BLOB   NOT NULL,
    expires_at BIGINT NOT NULL,
    hash       BLOB   NOT NULL UNIQUE
);

CREATE INDEX ceremonies_end ON ceremonies (expires_at);

CREATE INDEX ceremonies_user ON ceremonies (user_id);

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
, claimed_by BIGINT NOT NULL DEFAULT 0);

CREATE INDEX deliveries_claimed ON deliveries (claimed_by) WHERE claimed_by <> 0;

CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at, id) WHERE state = 'pending';

CREATE INDEX deliveries_ended ON deliveries (state, ended_at) WHERE state <> 'pending';

CREATE INDEX deliveries_event ON deliveries (event_id) WHERE state = 'pending';

CREATE INDEX deliveries_state ON deliveries (webhook_id, state, id);

CREATE INDEX deliveries_turn ON deliveries (webhook_id, user_id, id) WHERE state = 'pending';

CREATE TABLE "emails" (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address     TEXT    NOT NULL,
    address_key TEXT    NOT NULL CHECK (address_key <> ''),
    is_primary  BOOLEAN NOT NULL CHECK (is_primary IN (0, 1)),
    verified    BOOLEAN NOT NULL CHECK (verified IN (0, 1)),
    former      BOOLEAN NOT NULL DEFAULT FALSE CHECK (former IN (0, 1)),
    invited     BOOLEAN NOT NULL DEFAULT FALSE CHECK (invited IN (0, 1)),
    claimed     BOOLEAN NOT NULL DEFAULT FALSE CHECK (claimed IN (0, 1)),
    created_at  BIGINT  NOT NULL, address_text TEXT NOT NULL DEFAULT '', collision BIGINT NOT NULL DEFAULT 0,
    CHECK (NOT (invited AND verified))
);

CREATE UNIQUE INDEX emails_address ON emails (address_key, collision) WHERE NOT invited;

CREATE INDEX emails_collision ON emails (address_key) WHERE collision <> 0;

CREATE INDEX emails_invited ON emails (address_key) WHERE invited;

CREATE UNIQUE INDEX emails_primary ON emails (user_id) WHERE is_primary;

CREATE INDEX emails_user ON emails (user_id);

CREATE TABLE event_head (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    last_id   BIGINT NOT NULL,
    last_hash BLOB   NOT NULL
, epoch BIGINT NOT NULL DEFAULT 0);

CREATE TABLE event_start (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    last_id   BIGINT NOT NULL,
    last_hash BLOB NOT NULL
);

CREATE TABLE events (
    id              INTEGER PRIMARY KEY,
    at              BIGINT NOT NULL,
    actor_id        BIGINT NOT NULL,
    real_id         BIGINT NOT NULL,
    credential      TEXT   NOT NULL,
    verb            TEXT   NOT NULL,
    target          TEXT   NOT NULL,
    target_id       BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    organization_id BIGINT NOT NULL,
    api             TEXT   NOT NULL,
    address         TEXT   NOT NULL,
    detail          TEXT   NOT NULL,
    previous        BLOB   NOT NULL,
    hash            BLOB   NOT NULL
);

CREATE INDEX events_actor ON events (actor_id, id) WHERE actor_id <> 0;

CREATE INDEX events_at ON events (at, id);

CREATE INDEX events_organization ON events (organization_id, id) WHERE organization_id <> 0;

CREATE INDEX events_real ON events (real_id, id) WHERE real_id <> actor_id;

CREATE INDEX events_target ON events (target, target_id, id) WHERE target <> 'user';

CREATE INDEX events_user ON events (user_id, id);

CREATE INDEX events_verb ON events (verb, id);

CREATE TABLE identities (
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider   TEXT   NOT NULL,
    extern_uid TEXT   NOT NULL,
    PRIMARY KEY (user_id, provider),
    UNIQUE (provider, extern_uid)
);

CREATE TABLE imports (
    name     TEXT   PRIMARY KEY NOT NULL,
    line     BIGINT NOT NULL, -- the last one that was dealt with
    digest   BLOB   NOT NULL, -- of all lines up to it
    accepted BIGINT NOT NULL,
    refused  BIGINT NOT NULL,
    at       BIGINT NOT NULL
);

CREATE TABLE installation (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    uid      TEXT    NOT NULL,
    anchored BOOLEAN NOT NULL -- the data folder must have an anchor
);

CREATE TABLE invitation_projects (
    invitation_id BIGINT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    project_id    BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, project_id)
);

CREATE INDEX invitation_projects_project ON invitation_projects (project_id);

CREATE TABLE invitations (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    role_id         BIGINT REFERENCES roles (id), -- NULL: closed, and the role was deleted since
    address         TEXT   NOT NULL,
    address_key     TEXT   NOT NULL,
    user_id         BIGINT REFERENCES users (id) ON DELETE CASCADE,
    inviter_id      BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    accepted_at     BIGINT NOT NULL,
    revoked_at      BIGINT NOT NULL,
    hash            BLOB   NOT NULL UNIQUE,
    CHECK (role_id IS NOT NULL OR accepted_at <> 0 OR revoked_at <> 0)
);

CREATE INDEX invitations_accepted ON invitations (accepted_at) WHERE accepted_at <> 0;

CREATE INDEX invitations_address ON invitations (address_key);

CREATE INDEX invitations_inviter ON invitations (inviter_id);

CREATE INDEX invitations_organization ON invitations (organization_id);

CREATE INDEX invitations_revoked ON invitations (revoked_at) WHERE revoked_at <> 0;

CREATE INDEX invitations_role ON invitations (role_id);

CREATE INDEX invitations_user ON invitations (user_id);

CREATE TABLE key_check (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    sealed    BLOB NOT NULL,
    sealed_by TEXT NOT NULL -- the id of the key
);

CREATE TABLE "links" (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    purpose          TEXT   NOT NULL CHECK (purpose IN ('verify', 'reset', 'setup', 'revert')),
    user_id          BIGINT REFERENCES users (id) ON DELETE CASCADE, -- NULL: before there is anybody
    address          TEXT   NOT NULL,
    password_version BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    used_at          BIGINT NOT NULL,
    hash             BLOB   NOT NULL UNIQUE
, wished_username TEXT NOT NULL DEFAULT '', wished_organization TEXT NOT NULL DEFAULT '', printed BOOLEAN NOT NULL DEFAULT 0 CHECK (printed IN (0, 1)));

CREATE INDEX links_used ON links (used_at) WHERE used_at <> 0;

CREATE INDEX links_user ON links (user_id);

CREATE TABLE mails (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient  TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    body       BLOB    NOT NULL,
    link       BLOB    NOT NULL,
    created_at BIGINT  NOT NULL,
    due_at     BIGINT  NOT NULL,
    attempts   BIGINT  NOT NULL,
    given_up   BOOLEAN NOT NULL CHECK (given_up IN (0, 1)),
    reason     TEXT    NOT NULL
, html BLOB NOT NULL DEFAULT x'', invitation_id BIGINT NOT NULL DEFAULT 0, claimed_by BIGINT NOT NULL DEFAULT 0);

CREATE INDEX mails_claimed ON mails (claimed_by) WHERE claimed_by <> 0;

CREATE INDEX mails_due ON mails (due_at, id) WHERE NOT given_up;

CREATE INDEX mails_invitation ON mails (invitation_id) WHERE invitation_id <> 0;

CREATE TABLE members (
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id         BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id         BIGINT NOT NULL REFERENCES roles (id),
    since           BIGINT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);

CREATE INDEX members_role ON members (role_id, user_id);

CREATE INDEX members_user ON members (user_id, organization_id);

CREATE TABLE notice_addresses (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address TEXT   NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, address)
);

CREATE INDEX notice_addresses_end ON notice_addresses (ends_at);

CREATE TABLE organizations (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT    NOT NULL,
    name_key        TEXT    NOT NULL UNIQUE CHECK (name_key <> ''),
    slug            TEXT    NOT NULL UNIQUE CHECK (slug <> '' AND slug NOT GLOB '*[^a-z0-9-]*'),
    home            BOOLEAN NOT NULL CHECK (home IN (0, 1)),
    default_role_id BIGINT  REFERENCES roles (id),
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL
, look_key TEXT NOT NULL DEFAULT '', second_factor BOOLEAN NOT NULL DEFAULT 0 CHECK (second_factor IN (0, 1)));

CREATE INDEX organizations_default_role ON organizations (default_role_id);

CREATE UNIQUE INDEX organizations_home ON organizations (home) WHERE home;

CREATE INDEX organizations_look ON organizations (look_key) WHERE look_key <> '';

CREATE TABLE preferences (
    user_id           BIGINT  NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    language          TEXT    NOT NULL,
    theme             TEXT    NOT NULL,
    time_zone         TEXT    NOT NULL,
    no_sign_in_notice BOOLEAN NOT NULL CHECK (no_sign_in_notice IN (0, 1))
);

CREATE TABLE projects (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name            TEXT   NOT NULL,
    permalink       TEXT   NOT NULL CHECK (permalink <> ''),
    group_name      TEXT   NOT NULL,
    icon            BIGINT NOT NULL,
    overview        TEXT   NOT NULL,
    start_page      TEXT   NOT NULL,
    status          TEXT   NOT NULL CHECK (status IN ('active', 'on_hold', 'archived')),
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, permalink)
);

CREATE TABLE recovery_codes (
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash       BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE reserved_names (
    kind     TEXT   NOT NULL, -- username, organization or slug
    name     TEXT   NOT NULL, -- folded
    holder   BIGINT NOT NULL, -- id of the user or organization that had it; may be gone
    freed_at BIGINT NOT NULL,
    ends_at  BIGINT NOT NULL, freed_by BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, name)
);

CREATE INDEX reserved_names_end ON reserved_names (ends_at);

CREATE INDEX reserved_names_freed_by ON reserved_names (freed_by) WHERE freed_by <> 0;

CREATE INDEX reserved_names_holder ON reserved_names (holder);

CREATE TABLE role_permissions (
    role_id    BIGINT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    permission TEXT   NOT NULL,
    PRIMARY KEY (role_id, permission)
);

CREATE TABLE roles (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BIGINT REFERENCES organizations (id) ON DELETE CASCADE, -- NULL: built in
    name            TEXT   NOT NULL,
    name_key        TEXT   NOT NULL CHECK (name_key <> ''),
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, name_key)
);

CREATE TABLE search (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    text    TEXT NOT NULL
);

CREATE INDEX search_waiting ON search (user_id) WHERE text = '';

CREATE VIRTUAL TABLE search_grams USING fts5 (
    grams, content = '', contentless_delete = 1, detail = none,
    tokenize = "ascii tokenchars ' !""#$%&''()*+,-./:;<=>?@[\]^_`{|}~'"
);

CREATE TABLE sessions (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id         BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind            TEXT   NOT NULL CHECK (kind IN ('wekan', 'pm415', 'console')),
    organization_id BIGINT REFERENCES organizations (id) ON DELETE SET NULL,
    created_at      BIGINT NOT NULL,
    last_seen       BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    address         TEXT   NOT NULL,
    agent           TEXT   NOT NULL,
    hash            BLOB   NOT NULL UNIQUE
, proven_at BIGINT NOT NULL DEFAULT 0, bounded BOOLEAN NOT NULL DEFAULT FALSE, second_factor_at BIGINT NOT NULL DEFAULT 0, exempt BOOLEAN NOT NULL DEFAULT 0 CHECK (exempt IN (0, 1)));

CREATE INDEX sessions_end ON sessions (expires_at);

CREATE INDEX sessions_organization ON sessions (organization_id);

CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE ssh_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id      BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title        TEXT   NOT NULL,
    public       TEXT   NOT NULL,
    comment      TEXT   NOT NULL,
    fingerprint  TEXT   NOT NULL UNIQUE CHECK (fingerprint <> ''),
    type         TEXT   NOT NULL,
    bits         BIGINT NOT NULL,
    key_usage    TEXT   NOT NULL CHECK (key_usage IN ('auth_and_signing', 'auth', 'signing')),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);

CREATE INDEX ssh_keys_type ON ssh_keys (type, user_id);

CREATE INDEX ssh_keys_user ON ssh_keys (user_id);

CREATE TABLE throttles (
    name     TEXT   PRIMARY KEY NOT NULL,
    failures BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    ends_at  BIGINT NOT NULL
);

CREATE TABLE users (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    uid              TEXT    NOT NULL UNIQUE CHECK (uid <> ''),
    username         TEXT    NOT NULL,
    username_key     TEXT    UNIQUE CHECK (username_key <> ''),
    name             TEXT    NOT NULL,
    name_key         TEXT    NOT NULL,
    given_name       TEXT    NOT NULL,
    family_name      TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('active', 'blocked', 'invited')),
    admin            BOOLEAN NOT NULL CHECK (admin IN (0, 1)),
    bio              TEXT    NOT NULL,
    skype            TEXT    NOT NULL,
    linkedin         TEXT    NOT NULL,
    twitter          TEXT    NOT NULL,
    website_url      TEXT    NOT NULL,
    company          TEXT    NOT NULL,
    time_zone        TEXT    NOT NULL,
    theme_id         BIGINT  NOT NULL,
    color_scheme_id  BIGINT  NOT NULL,
    projects_limit   BIGINT  NOT NULL,
    can_create_group BOOLEAN NOT NULL CHECK (can_create_group IN (0, 1)),
    password_hash    TEXT    NOT NULL DEFAULT '',
    password_version BIGINT  NOT NULL DEFAULT 0,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    activated_at     BIGINT  NOT NULL,
    last_activity    BIGINT  NOT NULL, deactivated BOOLEAN NOT NULL DEFAULT 0 CHECK (deactivated IN (0, 1)), service BOOLEAN NOT NULL DEFAULT 0 CHECK (service IN (0, 1)), written_provider TEXT NOT NULL DEFAULT '', written_extern_uid TEXT NOT NULL DEFAULT '', look_key TEXT NOT NULL DEFAULT '',
    CHECK ((username = '') = (username_key IS NULL))
);

CREATE INDEX users_admins ON users (state) WHERE admin;

CREATE INDEX users_created ON users (created_at, id);

CREATE INDEX users_foreign_hash ON users (id) WHERE password_hash <> '' AND substr(password_hash, 1, 10) <> '$argon2id$';

CREATE INDEX users_inactive ON users (state, id) WHERE state <> 'active';

CREATE INDEX users_look ON users (look_key) WHERE look_key <> '';

CREATE INDEX users_name ON users (name_key, id);

CREATE INDEX users_username ON users (coalesce(username_key, ''), id);

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
, failures BIGINT NOT NULL DEFAULT 0, failing_since BIGINT NOT NULL DEFAULT 0, probe_at BIGINT NOT NULL DEFAULT 0);
