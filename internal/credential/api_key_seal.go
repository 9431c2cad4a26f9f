package credential

import (
	"fmt"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

const apiKeyPurpose = "api key"

func (c *Credentials) openAPIKey(stored model.APIKey) (secret.Text, error) {
	key, err := c.keyring.OpenText(apiKeyPurpose, int64(stored.Owner), stored.Sealed)
	if err != nil {
		return "", fmt.Errorf("api key of user %d: %w", stored.Owner, err)
	}
	return key, nil
}

func (c *Credentials) sealAPIKey(tx model.Writer, k model.APIKey, key secret.Text) error {
	k.Sealed, k.KeyID = c.keyring.Seal(apiKeyPurpose, int64(k.Owner), []byte(key.Reveal()))
	k.Lookup = c.keyring.Lookup(apiKeyPurpose, key.Reveal())
	return tx.PutAPIKey(k)
}

// FindAPIKey returns the API key with this text.
func FindAPIKey(tx model.Reader, c *Credentials, text string) (model.APIKey, error) {
	return tx.APIKeyByLookup(c.keyring.Lookups(apiKeyPurpose, text))
}

// SelfAPIKey returns the API key of the actor's user if the actor may read it, otherwise "".
func SelfAPIKey(tx model.Reader, c *Credentials, actor model.Actor, self model.User) (secret.Text, error) {
	if !c.canShowAPIKeys(actor) || !c.canShowAPIKeyOf(self.ID, actor, self) {
		return "", nil
	}
	if stale, err := c.ops.NeedsReauthentication(tx, actor, self); err != nil || stale {
		return "", err
	}
	return apiKeyOf(tx, c, self.ID)
}

// CanOpenAPIKey reports whether the keyring can decrypt an API key.
func CanOpenAPIKey(c *Credentials, k model.APIKey) bool {
	_, err := c.openAPIKey(k)
	return err == nil
}

// ResealAPIKey encrypts an API key with the current key.
func ResealAPIKey(tx model.Writer, c *Credentials, k model.APIKey) error {
	plain, err := c.openAPIKey(k)
	if err != nil {
		return err
	}
	return c.sealAPIKey(tx, k, plain)
}
