-- +goose Up
-- Addresses are compared by directory.AddressKey: the domain in ASCII, the local part
-- without characters of compatibility. The program fills in the keys.

-- The key with the domain in the letters of its own script; '' where that is the key.
ALTER TABLE emails ADD COLUMN address_text TEXT NOT NULL DEFAULT '';
-- The id of the row, where an older version took the address though another account had
-- the same key; 0 for all others. New rows always have 0.
ALTER TABLE emails ADD COLUMN collision BIGINT NOT NULL DEFAULT 0;
DROP INDEX emails_address;
CREATE UNIQUE INDEX emails_address ON emails (address_key, collision) WHERE NOT invited;
CREATE INDEX emails_collision ON emails (address_key) WHERE collision <> 0;

-- The user who freed the name, where no administrator did; it counts against that user.
ALTER TABLE reserved_names ADD COLUMN freed_by BIGINT NOT NULL DEFAULT 0;
CREATE INDEX reserved_names_freed_by ON reserved_names (freed_by) WHERE freed_by <> 0;
CREATE INDEX reserved_names_holder ON reserved_names (holder);
