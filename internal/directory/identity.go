package directory

// Identity ties a person to an account elsewhere: GitLab's provider and
// extern_uid. An external uid is unique within its provider, and a person has at
// most one at each provider.
type Identity struct {
	User        UserID
	Provider    string
	ExternalUID string
}

func checkIdentity(f *faults, id Identity) {
	if id.Provider == "" && id.ExternalUID == "" {
		return
	}
	checkText(f, "provider", id.Provider, 255)
	checkText(f, "extern_uid", id.ExternalUID, 255)
}
