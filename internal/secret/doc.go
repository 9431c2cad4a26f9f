// Package secret keeps what nobody may read: passwords, tokens and keys.
//
// Three kinds of secret live here, and each is stored in its own way. A
// password is guessable, so only a slow argon2id hash of it is kept. A token
// is long and random, so a plain SHA-256 fingerprint is enough to find it
// again. A key that an old API must show once more is sealed with a key from
// the Keyring, and found through a keyed hash.
//
// The package knows no people, no database and no HTTP. Its errors never hold
// a secret, a stored hash or key material, so they may be logged.
package secret
