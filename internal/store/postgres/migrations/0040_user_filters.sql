-- +goose Up
-- For lists of the users with a role, a kind of second factor, or a type of SSH key.
DROP INDEX members_role;
CREATE INDEX members_role ON members (role_id, user_id);
CREATE INDEX authenticators_kind ON authenticators (kind, user_id);
CREATE INDEX ssh_keys_type ON ssh_keys (type, user_id);
