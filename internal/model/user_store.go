package model

import "time"

// UserReader reads users, including their email addresses and identities.
type UserReader interface {
	User(id UserID) (User, error)
	UserByUID(uid string) (User, error)
	UserByUsername(username string) (User, error)                         // without regard to case
	UserByEmail(address string) (User, error)                             // by any spelling of any address, except addresses of invited users; [AmbiguousAddressError] if two accounts have it
	DuplicateAddresses(limit int) ([]DuplicateAddress, error)             // ordered by key; addresses that an older version gave to several accounts
	UserByIdentity(provider, externalUID string) (User, error)            // exact
	Users(filter UserFilter, visibility Visibility) (Page[UserID], error) // in the order of the filter
	UsersByID(ids []UserID) ([]User, error)                               // in the order of ids; unknown ids are skipped
	UserStates(after UserID, limit int) ([]UserState, error)              // by id
	// Dormant lists active users that were not active since before, ordered by id, from the
	// first above after. Administrators, service accounts, and users that were created,
	// unblocked or reactivated since before are left out.
	DormantUsers(before time.Time, after UserID, limit int) ([]UserID, error)
	// ExpiredSignUps lists sign-ups that never got their address, and whose links have all
	// expired, ordered by id: invited users without an address, and blocked ones without a
	// username as well. None of them was ever active.
	ExpiredSignUps(now time.Time, limit int) ([]UserID, error)
	// Domains counts users by the domain of their primary address, ordered by count,
	// descending, and then by domain.
	Domains() ([]DomainCount, error)
	ActiveAdmins() (int, error)              // active administrators
	LoginAdmins(besides UserID) (int, error) // active administrators with a password, without service accounts and the given user
	PasswordOf(id UserID) (Password, error)  // Hash is "" for users without a password
	// ForeignHashes lists password hashes in the format of another product, ordered by user
	// id, from the first above after.
	ForeignHashes(after UserID, limit int) ([]ForeignHash, error)
}

// ForeignHash is a password hash in the format of another product.
type ForeignHash struct {
	User UserID
	Hash string
}

// UserState is the id and state of a user.
type UserState struct {
	ID    UserID
	State State
}

// Password is a password hash. Version increases with each change of the password.
type Password struct {
	Hash    string
	Version int64
}

// UserWriter writes users.
type UserWriter interface {
	AddUser(u *User) error                        // without addresses and identities, which have their own methods
	ChangeUser(u User) error                      // likewise
	DropUser(id UserID) error                     // with all that belongs to the user, except events
	PutPassword(id UserID, hash string) error     // increments the version and sets HasPassword
	UpgradePassword(id UserID, hash string) error // a new hash of the same password: the version stays
	AddEmail(e *Email) error
	ChangeEmail(e Email) error                         // NotFound if it does not belong to e.User
	DropEmail(owner UserID, id EmailID) error          // does nothing if it does not belong to owner
	DropInvitationsAndMailTo(addresses []string) error // deletes invitations and queued emails to these addresses
	PutIdentity(id Identity) error                     // replaces the user's identity at that provider
	DropIdentity(user UserID, provider string) error
	RecordLastUse(seen []LastUse) error // last use of credentials, and last activity of users
}

// LastUse is the last use of a credential by a user.
type LastUse struct {
	User       UserID
	Credential CredentialKind
	ID         int64 // of the token or session
	At         time.Time
}

// DomainCount is the number of users whose primary address is in a domain.
type DomainCount struct {
	Domain string
	Users  int
}
