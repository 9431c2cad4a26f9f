package model

import "time"

// BulkReader has queries for many users at once. An import needs a few queries for each batch in
// place of several for each user.
type BulkReader interface {
	// HoldersOf returns the user with the username, or else one besides self whose username looks
	// like it (see [confusables.Alike]), and the user with the address, without regard to case.
	// 0 is none, also for "".
	HoldersOf(self UserID, username, address string) (named, addressed UserID, err error)
	Holders(u Uniques) (Holders, error)
	// InvitedUsersAt lists the invited users of each of these folded addresses, by id.
	// [UserReader.UserByEmail] and Holders leave them out.
	InvitedUsersAt(addresses []string) (map[string][]UserID, error)
	KeysOf(owners []UserID) ([]SSHKey, error)                 // by owner and id
	MembersOf(users []UserID) ([]Member, error)               // by user and organization
	PasswordHashes(users []UserID) (map[UserID]string, error) // only of users with a password
	ImportRecord(name string) (ImportRecord, error)
}

// BulkWriter adds many rows at once.
type BulkWriter interface {
	// AddUsers adds users with their rows in other tables, and sets the ids.
	AddUsers(users []NewUserRecord) error
	// AddEvents is AddEvent for consecutive events.
	AddEvents(events []Event) error
	PutImport(r ImportRecord) error
	DropImports(before time.Time) error // those without a batch since
	// MergeSearch runs one step of merging the search index: the first, or the next one. more
	// reports whether another step is needed. Results of searches do not change.
	MergeSearch(first bool) (more bool, err error)
}

// Uniques are values that only one user can have. Usernames and addresses are folded. Looks are
// usernames as returned by [confusables.LookKey].
type Uniques struct {
	Usernames, Looks, Addresses, Fingerprints []string
	Identities                                []Identity
}

// Holders maps values to their users. A value that is missing is free. Looks leaves out usernames of
// plain characters, which Usernames has.
type Holders struct {
	Usernames, Looks, Addresses, Fingerprints map[string]UserID
	Identities                                map[Identity]UserID // by identities of no User
}

// NewUserRecord is a user to be added, with addresses, identities and rows in other tables. AddUsers
// sets the ids, except those of addresses and keys.
type NewUserRecord struct {
	User         *User
	PasswordHash string // "" for none
	Members      []Member
	Keys         []SSHKey
}

// ImportRecord is the stored state of an import.
type ImportRecord struct {
	Name              string
	Line              int64  // the last processed line; 0 before the first
	Digest            []byte // of all lines so far
	Accepted, Refused int64
	At                time.Time // of the last batch
}

// MaxBulk is the maximum number of operations of one bulk call.
const MaxBulk = 500
