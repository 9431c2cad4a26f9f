package model

// Identity links a user to an account at another service: GitLab's provider and extern_uid. An
// external uid is unique within its provider, and a user has at most one per provider.
type Identity struct {
	User        UserID
	Provider    string
	ExternalUID string
}

// LastIdentity is what was written last of an identity: the provider of one of the user's
// identities, or one half without the other. A half is not an identity: lookups do not find
// it, and several users may have the same.
type LastIdentity struct {
	Provider    string
	ExternalUID string // only set without a provider
}

// IsComplete reports whether both halves are set.
func (id Identity) IsComplete() bool { return id.Provider != "" && id.ExternalUID != "" }
