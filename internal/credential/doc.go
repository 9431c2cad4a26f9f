// Package credential holds the credentials of users that are no sessions: access tokens, API keys and SSH
// keys.
package credential
