package directory

import "time"

// BulkReader answers for many at once what other readers answer for one, so that
// an import asks a few questions for each batch and not several for each person.
type BulkReader interface {
	// HoldersOf says whose a username is and whose an address, in any case; 0 stands
	// for nobody, who has "" too.
	HoldersOf(username, address string) (named, addressed UserID, err error)
	Holders(u Uniques) (Holders, error)
	// WaitingAt lists the users who wait for an invitation at each of these folded
	// addresses, by id; [UserReader.UserByEmail] and Holders pass over them.
	InvitedUsersAt(addresses []string) (map[string][]UserID, error)
	KeysOf(owners []UserID) ([]SSHKey, error)                 // by owner and id
	MembersOf(users []UserID) ([]Member, error)               // by user and organization
	PasswordHashes(users []UserID) (map[UserID]string, error) // without those who have none
	ImportRecord(name string) (ImportRecord, error)
}

// BulkWriter adds many rows at once.
type BulkWriter interface {
	// AddPeople adds people with all that is theirs, and gives each their id.
	AddPeople(people []Newcomer) error
	// AddEvents is AddEvent for a run of events that follow one another.
	AddEvents(events []Event) error
	PutImport(r ImportRecord) error
	DropImports(before time.Time) error // those that came no further since
	// MergeSearch does one step of making searches quicker after much was written, if
	// that is worth while: the first of them, or the next. more says that there is one.
	// What is found stays the same.
	MergeSearch(first bool) (more bool, err error)
}

// Uniques are what only one person can have. Usernames and addresses are folded.
type Uniques struct {
	Usernames, Addresses, Fingerprints []string
	Identities                         []Identity
}

// Holders says who has what. What is not in it belongs to nobody.
type Holders struct {
	Usernames, Addresses, Fingerprints map[string]UserID
	Identities                         map[Identity]UserID // by identities of no User
}

// Newcomer is a person to be added: the row with addresses and identities, and
// what else is theirs. The ids in it are filled in, but for those of addresses
// and keys.
type Newcomer struct {
	User         *User
	PasswordHash string // "" for none
	Members      []Member
	Keys         []SSHKey
}

// ImportRecord is how far an import has come.
type ImportRecord struct {
	Name              string
	Line              int64  // the last one that was dealt with; 0 before the first
	Digest            []byte // of all lines so far
	Accepted, Refused int64
	At                time.Time // when it came that far
}
