package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/throttle"
)

// Store persists the directory. It contains no rules. internal/store/storetest holds the
// contract tests of all stores.
//
// Times are stored in UTC, to the microsecond. A read of one absent record returns an error of
// Kind NotFound (see [Missing]); a list without results is empty. A write that violates a
// uniqueness constraint returns Kind Conflict with the field in question. Such a write aborts
// its transaction, as in PostgreSQL: later statements fail, and Update returns the error even
// if fn returns nil.
type Store interface {
	// Read runs fn against one consistent snapshot.
	Read(ctx context.Context, fn func(Reader) error) error
	// ReadCached is Read for frequent reads. Its results may come from a cache, so they need
	// not belong to one snapshot. Each of them was current at some moment since the call
	// began: every commit that was acknowledged before is visible. The values are shared; fn
	// must not modify them.
	ReadCached(ctx context.Context, fn func(Reader) error) error
	// Update runs fn in a transaction and commits if fn returns nil. When Update returns nil,
	// the commit is durable. After a conflict with another transaction fn runs again, so it
	// must have no side effects beyond tx and its own results.
	Update(ctx context.Context, fn func(tx Writer) error) error
	// Check returns an error if the database is damaged.
	Check(ctx context.Context) error
	Close() error
}

// Reader reads in one transaction. It is bound to the context of the transaction and must not
// be used after it.
type Reader interface {
	UserReader
	OrganizationReader
	ProjectReader
	CredentialReader
	InvitationReader
	EventReader
	WebhookReader
	MailReader
	BulkReader
	NameReader
}

// Writer reads and writes in one transaction. Add… sets the id of the new row, Change…
// replaces a row, Put… adds or replaces, Drop… deletes and succeeds if there is no such row.
type Writer interface {
	Reader
	UserWriter
	OrganizationWriter
	ProjectWriter
	CredentialWriter
	InvitationWriter
	EventWriter
	WebhookWriter
	MailWriter
	BulkWriter
	NameWriter

	// AtCommit registers fn to be called after the commit and before Update returns, in the
	// order of commits. fn is not called after a rollback. committed is false if the database
	// did not answer the commit, so that its outcome is unknown. fn must be quick: it delays
	// later commits.
	AtCommit(fn func(committed bool))
	// Publish sends a message to all nodes that share the database when the transaction
	// commits: printable ASCII, at most [MaxFeedMessage] bytes. It does nothing for a database
	// that is not shared. See [Feed].
	Publish(message string)
}

// MaxFeedMessage is the maximum length of a message in bytes; PostgreSQL accepts 8,000.
const MaxFeedMessage = 4000

// Feed delivers the messages that nodes publish with their commits. Stores that can be shared
// implement it.
type Feed interface {
	// Follow calls l until ctx ends. It reconnects after the connection to the database was
	// lost.
	Follow(ctx context.Context, l FeedListener)
}

// LeaseHolder identifies a process that holds leases.
type LeaseHolder int64

// ConnectionChecker reports whether a process that shares the database is connected to it.
// Stores that can be shared implement it.
type ConnectionChecker interface {
	Connected(ctx context.Context, holder LeaseHolder) (bool, error)
}

// FeedListener receives the messages of all nodes, including its own, in the order of commits.
type FeedListener interface {
	// Received is called for each message.
	Received(message string)
	// CaughtUp is called when all messages of commits before asOf have been received.
	CaughtUp(asOf time.Time)
	// Lost is called when messages may have been missed, with the reason. It is called with
	// nil before the first message of a connection.
	Lost(reason error)
}

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

// OrganizationReader reads organizations, their roles and members.
type OrganizationReader interface {
	Organization(id OrgID) (Organization, error)
	OrganizationBySlug(slug string) (Organization, error)
	OrganizationByName(name string) (Organization, error) // without regard to case
	HomeOrganization() (Organization, error)
	Organizations(after OrgID, limit int) ([]Organization, error) // by id; limit 0 means all
	OrganizationCount() (int, error)
	Member(org OrgID, user UserID) (Member, error)
	MemberCount(org OrgID) (int, error)
	OrgAdmins(org OrgID, limit int) ([]OrgAdmin, error)             // the first limit active Admins: those able to log in, then the others, by user id
	Members(org OrgID) ([]Member, error)                            // by user id
	MemberIDs(org OrgID, after UserID, limit int) ([]UserID, error) // by user id
	Memberships(user UserID) ([]Membership, error)                  // by organization id; roles with permissions
	Role(id RoleID) (Role, error)                                   // with permissions
	Roles(org OrgID) ([]Role, error)                                // built-in and custom roles, by id, with Default set
	RoleHeld(org OrgID, id RoleID) (bool, error)                    // whether a member has it
}

// OrganizationWriter writes organizations, their roles and members.
type OrganizationWriter interface {
	AddOrganization(o *Organization) error
	ChangeOrganization(o Organization) error
	DropOrganization(id OrgID) error // with its members, roles, projects and invitations
	PutMember(m Member) error        // keeps Since of an existing member
	DropMember(org OrgID, user UserID) error
	AddRole(r *Role) error
	ChangeRole(r Role) error
	DropRole(id RoleID) error
}

// ProjectReader reads projects and their assigned users.
type ProjectReader interface {
	Project(id ProjectID) (Project, error)
	ProjectByPermalink(org OrgID, permalink string) (Project, error)
	Projects(org OrgID) ([]Project, error) // by id
	ProjectCount(org OrgID) (int, error)
	Assigned(project ProjectID, after UserID, limit int) ([]User, error) // by id; limit 0 means all
	Assignments(org OrgID, users []UserID) (map[UserID][]Project, error) // by project id
}

// ProjectWriter writes projects and their assigned users.
type ProjectWriter interface {
	AddProject(p *Project) error
	ChangeProject(p Project) error
	DropProject(id ProjectID) error                      // with its assignments; it is removed from invitations
	PutAssigned(project ProjectID, users []UserID) error // the whole list
	DropAssignments(org OrgID, user UserID) error
}

// CredentialReader reads keys, tokens and sessions.
type CredentialReader interface {
	Key(id KeyID) (SSHKey, error)
	KeyByFingerprint(fingerprint string) (SSHKey, error)
	Keys(owner UserID) ([]SSHKey, error) // by id
	Token(id TokenID) (AccessToken, error)
	TokenByHash(hash []byte) (AccessToken, error)
	Tokens(owner UserID) ([]AccessToken, error)          // by id, with revoked ones
	LiveTokens(owner UserID, now time.Time) (int, error) // neither revoked nor expired
	APIKeyOf(owner UserID) (APIKey, error)
	APIKeyByLookup(lookups [][]byte) (APIKey, error)   // any of them
	APIKeys(after UserID, limit int) ([]APIKey, error) // by owner; for a change of the encryption key
	SessionByHash(hash []byte) (Session, error)
	Sessions(user UserID) ([]Session, error) // by id
	throttle.Reader
	StoredResponse(user UserID, key string) (StoredResponse, error)
	KeyCheck() (KeyCheck, error)
}

// CredentialWriter writes keys, tokens and sessions.
type CredentialWriter interface {
	AddKey(k *SSHKey) error
	DropKey(owner UserID, id KeyID) error
	AddToken(t *AccessToken, hash []byte) error
	RevokeToken(owner UserID, id TokenID, at time.Time) error // NotFound if it does not belong to the user
	RevokeTokens(owner UserID, at time.Time) error
	DropEndedTokens(owner UserID, now time.Time, keep int) error // deletes revoked and expired tokens, except the newest keep of them
	PutAPIKey(k APIKey) error                                    // replaces the previous one
	DropAPIKey(owner UserID) error
	AddSession(s *Session, hash []byte) error
	SetPasswordVerified(user UserID, id SessionID, at time.Time) error // NotFound if it does not belong to the user
	DropSession(user UserID, id SessionID) error
	DropSessions(user UserID) error
	throttle.Writer
	AddStoredResponse(a StoredResponse) error // Conflict if one with the same key has not expired
	PutStoredResponse(user UserID, key string, sealed []byte) error
	PutKeyCheck(c KeyCheck) error // replaces the previous one
	// Expire deletes sessions, links, throttles and stored responses that expired before now.
	Expire(now time.Time) error
}

// InvitationReader reads invitations and one-time links.
type InvitationReader interface {
	Invitation(id InvitationID) (Invitation, error)
	InvitationByHash(hash []byte) (Invitation, error)
	Invitations(org OrgID, after InvitationID, limit int) ([]Invitation, error) // by id; limit 0 means all
	InvitationsBy(inviter UserID) ([]Invitation, error)                         // by id
	InvitationsFor(email string) ([]Invitation, error)                          // by id; without regard to case
	InvitationsOf(waiting UserID) ([]Invitation, error)                         // invitations with this invited user, by id
	InvitationProjects(id InvitationID) ([]ProjectID, error)                    // by id, without deleted projects
	LinkByHash(hash []byte) (Link, error)
	Links(user UserID) ([]Link, error) // by id, with used and expired ones
}

// InvitationWriter writes invitations and one-time links.
type InvitationWriter interface {
	AddInvitation(i *Invitation, hash []byte) error
	ChangeInvitation(i Invitation) error
	PutInvitationHash(id InvitationID, hash []byte) error              // replaces the token of the link
	PutInvitationProjects(id InvitationID, projects []ProjectID) error // the whole list
	AddLink(l *Link, hash []byte) error
	UseLink(id int64, at time.Time) error // NotFound if it was used before
	DropLink(id int64) error
	DropLinks(user UserID) error        // all of one user
	DropLinksFor(purpose Purpose) error // all of one purpose
}

// EventReader reads events.
type EventReader interface {
	Events(filter EventFilter) ([]Event, error)
	EventHead() (EventID, []byte, error)  // zero and [GenesisHash] if there is none
	EventStart() (EventID, []byte, error) // the last deleted event; zero and [GenesisHash] if none was deleted
	// EventEpoch returns the number of the newest key of the chain; 0 if it has none.
	EventEpoch() (int64, error)
	Installation() (Installation, error)
	// Unrecorded returns the kind and id of a row for which no event of its creation exists,
	// or "" if there is none. If events were deleted because of their age, rows older than the
	// oldest event are left out.
	Unrecorded() (target string, id int64, err error)
}

// EventFilter selects events. Lists are ordered by id, ascending. Zero fields select all.
type EventFilter struct {
	After      EventID   // only events with a higher id
	Before     EventID   // only events with a lower id
	Limit      int       // 0 means 1000
	User       UserID    // only about this user
	Actor      UserID    // only of this actor, impersonating or not
	Target     string    // only about this kind of target
	TargetID   int64     // only about targets with this id
	Verb       Verb      // one verb, or a prefix that ends with a dot: "user."
	API        API       // only through this API
	Org        OrgID     // only about this organization
	Since      time.Time // not before
	Until      time.Time // before
	Last       bool      // the last Limit events instead of the first
	Descending bool      // newest first
}

// EventWriter appends events. Lists in the same transaction need not include them.
type EventWriter interface {
	// LockEvents is EventHead for a transaction that is going to append: no other transaction
	// appends before this one ends.
	LockEvents() (EventID, []byte, error)
	AddEvent(e Event) error
	PutEventEpoch(epoch int64) error
	PutInstallation(i Installation) error
	// DropEvents deletes all events up to and including through, which EventStart returns from
	// then on. It does nothing if they were deleted before.
	DropEvents(through Event) error
}

// Mail is a queued email. Text, HTML and Link are encrypted: a link that was not used yet is
// as powerful as a password.
type Mail struct {
	ID        int64
	To        string
	Subject   string
	Text      []byte // encrypted
	HTML      []byte // encrypted; empty for emails without HTML
	Link      []byte // encrypted; empty for emails without a link
	CreatedAt time.Time
	Attempts  int
	// Invitation is the invitation whose link the email carries; zero for other emails.
	Invitation InvitationID
}

// FailedMail is an email that was given up: the mail server rejected it for good, or it
// could not be reached for too long.
type FailedMail struct {
	ID         int64
	To         string
	Subject    string
	CreatedAt  time.Time
	Attempts   int
	Reason     string // response of the mail server
	Invitation InvitationID
}

// WaitingMails summarizes the emails that failed at least once and will be tried again.
type RetryingMails struct {
	Count  int
	Oldest time.Time // creation of the oldest one; zero if there is none
	Reason string    // of its latest failure
}

// KeepFailedMail is how long after its creation an email that was given up is kept, to
// be listed and sent again.
const KeepFailedMail = 30 * 24 * time.Hour

// MailReader reads the queue of emails.
type MailReader interface {
	FailedMails(after int64, limit int) ([]FailedMail, error) // by id
	FailedMailCount() (int, error)
	// WaitingMails summarizes the emails that failed at least once and will be tried again.
	RetryingMails() (RetryingMails, error)
	// LeaseHolders lists the processes that hold leases of emails or deliveries.
	LeaseHolders() ([]LeaseHolder, error)
	// UndeliveredInvitations returns why the newest email of each invitation of org from
	// first to last was given up; invitations whose email was not are absent.
	UndeliveredInvitations(org OrgID, first, last InvitationID) (map[InvitationID]string, error)
}

// MailWriter writes the queue of emails.
type MailWriter interface {
	AddMail(m *Mail) error
	// LeaseMails returns up to n due emails and hides them from other workers for the duration
	// lease.
	LeaseMails(now time.Time, n int, lease time.Duration) ([]Mail, error)
	// ReleaseLeases makes all emails and deliveries that the process of has leased due at now.
	// The process must have ended.
	ReleaseLeases(of LeaseHolder, now time.Time) error
	// Mails lists all emails, also those that were given up, by id; for changing the
	// encryption key.
	Mails(after int64, limit int) ([]Mail, error)
	ResealMail(m Mail) error                                  // replaces Text, HTML and Link by the same text under another key
	DropMail(id int64) error                                  // NotFound if it was deleted before: of two nodes one succeeds
	DelayMail(id int64, until time.Time, reason string) error // counts the attempt
	GiveUpMail(id int64, reason string) error                 // counts the attempt; kept until it is retried, or for KeepFailedMail
	RetryMail(id int64, at time.Time) error                   // resets the attempts; NotFound unless it was given up
	DropInvitationMails(id InvitationID) error                // queued emails of one invitation, after its link has changed
}
