// Package secret hashes passwords, and creates and encrypts tokens and keys.
//
// Each of the three kinds of secret is stored in its own way. A password can be guessed,
// so only a slow argon2id hash of it is stored. A token is long and random, so a SHA-256
// fingerprint is enough to look it up. A key that a compatible API must show again is
// encrypted with a key of the Keyring, and looked up by a keyed hash.
//
// The package does not know users, databases or HTTP. Its errors never contain a secret,
// a stored hash or key material, so they may be logged.
package secret
