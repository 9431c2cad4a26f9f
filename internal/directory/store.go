package directory

import (
	"context"
	"time"
)

// Store keeps facts. It does not decide who may act or what a good name is.
// internal/store/storetest holds the promises that every store must keep.
//
// Times are kept to the microsecond, in UTC. A read of one thing that is absent
// returns an error of Kind NotFound (see [fault.Missing]); a list of nothing is empty.
// A write that breaks a uniqueness returns Kind Conflict with the field at fault.
// A write that failed so spoils its transaction, as PostgreSQL has it: nothing
// more can be done in it, and Update returns that error whatever fn returns.
type Store interface {
	// View runs fn against one consistent snapshot.
	Read(ctx context.Context, fn func(Reader) error) error
	// Glance is View for questions that are asked all the time. Facts may come
	// from memory, so they need not be of one moment; but each was true at some
	// moment since Glance began: whatever was acknowledged before counts. What
	// fn is given it shares with others and must not change.
	ReadCached(ctx context.Context, fn func(Reader) error) error
	// Update runs fn in a transaction and commits if fn returns nil; when Update
	// returns nil, what fn wrote is durable. After a clash with another writer fn
	// runs again, so it must touch nothing but tx and its own results.
	Update(ctx context.Context, fn func(tx Writer) error) error
	// Check looks for damage of the data itself, for the operator.
	Check(ctx context.Context) error
	Close() error
}

// Reader reads inside one transaction; it is bound to the context of that
// transaction and must not be used after it.
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

// Writer reads and writes inside one transaction. Add… gives the new row its id,
// Change… replaces a row, Put… adds or replaces, Drop… removes and is content
// when there is nothing to remove.
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

	// AtCommit has fn called after the commit and before Update returns, in the
	// order of commits; never when nothing was kept. sure is false when the
	// database did not answer, so that nobody knows. fn must be quick: others wait.
	AtCommit(fn func(sure bool))
	// Announce sends a note to the other nodes that share the database, with the
	// commit: printable ASCII, [NoteLimit] bytes at most. Where nobody shares the
	// database it does nothing. See [Feed].
	Publish(note string)
}

// NoteLimit is how many bytes a note may have; PostgreSQL takes 8,000 at once.
const MaxFeedMessage = 4000

// Feed is how the nodes that share a database hear of each other's commits. A
// store that can be shared is one.
type Feed interface {
	// Follow tells l until ctx ends. It finds its way back by itself when the
	// database was away.
	Follow(ctx context.Context, l FeedListener)
}

// LeaseHolder is the number of a process that holds leases.
type LeaseHolder int64

// Census tells whether a process that shares the database is connected to it. A store
// that can be shared is one.
type ConnectionChecker interface {
	Connected(ctx context.Context, one LeaseHolder) (bool, error)
}

// Listener hears notes in the order of commits, those of its own node among them.
type FeedListener interface {
	// Heard gives one note, as it was announced.
	Received(note string)
	// Current says that everything committed before asOf has been heard.
	CaughtUp(asOf time.Time)
	// Lost says that notes may have been missed, and why. Without a reason it
	// comes before the first note of a connection.
	Lost(reason error)
}

// UserReader reads people, whole: with addresses and identities.
type UserReader interface {
	User(id UserID) (User, error)
	UserByUID(uid string) (User, error)
	UserByUsername(username string) (User, error)                         // without regard to case
	UserByEmail(address string) (User, error)                             // any spelling of any address, but for those of users who wait for an invitation; [AmbiguousAddress] for that of two accounts
	DuplicateAddresses(limit int) ([]DuplicateAddress, error)             // by key; addresses that an older version gave to several accounts
	UserByIdentity(provider, externalUID string) (User, error)            // exact
	Users(filter UserFilter, visibility Visibility) (Page[UserID], error) // in the order that the filter asks for
	UsersByID(ids []UserID) ([]User, error)                               // in the order of ids, without those who are not there
	UserStates(after UserID, limit int) ([]UserState, error)              // by id
	// Dormant lists active people, by id, who are no administrators and no programs and
	// were neither made, let in nor active since before; only ids above after.
	Dormant(before time.Time, after UserID, limit int) ([]UserID, error)
	// Domains counts users by the domain of their primary address, the domain that most
	// have first, and then in the order of bytes.
	Domains() ([]DomainCount, error)
	ActiveAdmins() (int, error)              // instance administrators who are active
	LoginAdmins(besides UserID) (int, error) // those who have a password and are no service accounts, without this one
	PasswordOf(id UserID) (Password, error)  // Hash "" for people without one
	// ForeignHashes lists stored passwords that are in the format of another product,
	// by user id; only ids above after.
	ForeignHashes(after UserID, limit int) ([]ForeignHash, error)
}

// ForeignHash is a stored password in the format of another product.
type ForeignHash struct {
	User UserID
	Hash string
}

// UserState is what lists of people go by.
type UserState struct {
	ID    UserID
	State State
}

// Password is a stored password hash and how often it has changed.
type Password struct {
	Hash    string
	Version int64
}

// UserWriter writes people.
type UserWriter interface {
	AddUser(u *User) error                        // the row alone: addresses and identities have their own calls
	ChangeUser(u User) error                      // likewise
	DropUser(id UserID) error                     // with all that belongs to the person; events stay
	PutPassword(id UserID, hash string) error     // counts the version up; HasPassword follows
	UpgradePassword(id UserID, hash string) error // the same password, hashed anew: the version stays
	AddEmail(e *Email) error
	ChangeEmail(e Email) error                         // stays with its owner: NotFound when it is not e.User's
	DropEmail(owner UserID, id EmailID) error          // content, too, when it is not theirs
	DropInvitationsAndMailTo(addresses []string) error // invitations and letters to these addresses
	PutIdentity(id Identity) error                     // replaces the person's identity at that provider
	DropIdentity(user UserID, provider string) error
	RecordLastUse(seen []LastUse) error // last use of credentials, last activity of people
}

// Seen says that a person used a credential.
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
	OrgAdmins(org OrgID, limit int) ([]OrgAdmin, error)             // its first active Admins: those able to log in, then the others, by user id
	Members(org OrgID) ([]Member, error)                            // by user id
	MemberIDs(org OrgID, after UserID, limit int) ([]UserID, error) // by user id
	Memberships(user UserID) ([]Membership, error)                  // by organization id; roles with permissions
	Role(id RoleID) (Role, error)                                   // with permissions
	Roles(org OrgID) ([]Role, error)                                // built in and own, by id, Default set
	RoleHeld(org OrgID, id RoleID) (bool, error)                    // whether a member has it
}

// OrganizationWriter writes organizations, their roles and members.
type OrganizationWriter interface {
	AddOrganization(o *Organization) error
	ChangeOrganization(o Organization) error
	DropOrganization(id OrgID) error // with members, own roles, projects, invitations
	PutMember(m Member) error        // keeps Since of a member who is there
	DropMember(org OrgID, user UserID) error
	AddRole(r *Role) error
	ChangeRole(r Role) error
	DropRole(id RoleID) error
}

// ProjectReader reads projects and who is assigned.
type ProjectReader interface {
	Project(id ProjectID) (Project, error)
	ProjectByPermalink(org OrgID, permalink string) (Project, error)
	Projects(org OrgID) ([]Project, error) // by id
	ProjectCount(org OrgID) (int, error)
	Assigned(project ProjectID, after UserID, limit int) ([]User, error) // by id; limit 0 means all
	Assignments(org OrgID, users []UserID) (map[UserID][]Project, error) // by project id
}

// ProjectWriter writes projects and who is assigned.
type ProjectWriter interface {
	AddProject(p *Project) error
	ChangeProject(p Project) error
	DropProject(id ProjectID) error                      // with who is assigned, and out of invitations
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
	Tokens(owner UserID) ([]AccessToken, error)          // by id, revoked ones too
	LiveTokens(owner UserID, now time.Time) (int, error) // neither revoked nor expired
	APIKeyOf(owner UserID) (APIKey, error)
	APIKeyByLookup(lookups [][]byte) (APIKey, error)   // any of them
	APIKeys(after UserID, limit int) ([]APIKey, error) // by owner; for changing the encryption key
	SessionByHash(hash []byte) (Session, error)
	Sessions(user UserID) ([]Session, error) // by id
	Throttle(key string) (Throttle, error)   // a zero one when nothing was counted
	Throttles(keys []string) (map[string]Throttle, error)
	ThrottlesUnder(prefix string) ([]Throttle, error) // whose key begins so, by key
	StoredResponse(user UserID, key string) (StoredResponse, error)
	KeyCheck() (KeyCheck, error)
}

// CredentialWriter writes keys, tokens and sessions.
type CredentialWriter interface {
	AddKey(k *SSHKey) error
	DropKey(owner UserID, id KeyID) error
	AddToken(t *AccessToken, hash []byte) error
	RevokeToken(owner UserID, id TokenID, at time.Time) error // NotFound when it is not theirs
	RevokeTokens(owner UserID, at time.Time) error
	DropEndedTokens(owner UserID, now time.Time, keep int) error // revoked or expired ones, but the newest keep of them
	PutAPIKey(k APIKey) error                                    // in place of the one before
	DropAPIKey(owner UserID) error
	AddSession(s *Session, hash []byte) error
	SetPasswordVerified(user UserID, id SessionID, at time.Time) error // NotFound when it is not theirs
	DropSession(user UserID, id SessionID) error
	DropSessions(user UserID) error
	PutThrottle(t Throttle) error
	DropThrottle(key string) error
	DropThrottles(prefix string) error        // all whose key begins so
	AddStoredResponse(a StoredResponse) error // Conflict while one with the same key has not ended
	PutStoredResponse(user UserID, key string, sealed []byte) error
	PutKeyCheck(c KeyCheck) error // in place of the one before
	// Expire removes sessions, links, throttles and answers that ended before now.
	Expire(now time.Time) error
}

// Throttle counts failures under one key, for instance of one account.
type Throttle struct {
	Key      string
	Failures int
	Since    time.Time // when counting began
	Until    time.Time // refused until then; zero while still allowed
}

// InvitationReader reads invitations and one-time links.
type InvitationReader interface {
	Invitation(id InvitationID) (Invitation, error)
	InvitationByHash(hash []byte) (Invitation, error)
	Invitations(org OrgID, after InvitationID, limit int) ([]Invitation, error) // by id; limit 0 means all
	InvitationsBy(inviter UserID) ([]Invitation, error)                         // by id
	InvitationsFor(email string) ([]Invitation, error)                          // by id; without regard to case
	InvitationsOf(waiting UserID) ([]Invitation, error)                         // those with this user, by id
	InvitationProjects(id InvitationID) ([]ProjectID, error)                    // by id, without those deleted since
	LinkByHash(hash []byte) (Link, error)
	Links(user UserID) ([]Link, error) // by id; used and expired ones, too
}

// InvitationWriter writes invitations and one-time links.
type InvitationWriter interface {
	AddInvitation(i *Invitation, hash []byte) error
	ChangeInvitation(i Invitation) error
	PutInvitationHash(id InvitationID, hash []byte) error              // a new link in place of the old
	PutInvitationProjects(id InvitationID, projects []ProjectID) error // the whole list
	AddLink(l *Link, hash []byte) error
	UseLink(id int64, at time.Time) error // NotFound when it was used before
	DropLink(id int64) error
	DropLinks(user UserID) error        // all of one person
	DropLinksFor(purpose Purpose) error // all of one purpose
}

// EventReader reads the events.
type EventReader interface {
	Events(filter EventFilter) ([]Event, error)
	EventHead() (EventID, []byte, error)  // zero and [GenesisHash] before the first
	EventStart() (EventID, []byte, error) // the last event that was dropped; zero and [GenesisHash] when none was
	// EventEpoch is the number of the chain's newest key; 0 while it has none.
	EventEpoch() (int64, error)
	Installation() (Installation, error)
	// Unrecorded finds a row that no event says was made: the kind of thing and its
	// id, or "" when there is none. Rows older than the oldest events are left out,
	// where some were dropped because of their age.
	Unrecorded() (target string, id int64, err error)
}

// EventFilter narrows a list of events, which is by id, ascending. Zero fields
// narrow nothing.
type EventFilter struct {
	After      EventID   // only later ones
	Before     EventID   // only earlier ones
	Limit      int       // 0 means 1000
	User       UserID    // only about this person
	Actor      UserID    // only what this person did, as themselves or as another
	Target     string    // only about this kind of thing
	TargetID   int64     // only about things with this id
	Verb       Verb      // one verb, or with a dot at its end a group of them: "user."
	API        API       // only what came through this door
	Org        OrgID     // only about this organization
	Since      time.Time // not before
	Until      time.Time // before
	Last       bool      // of more than Limit the last ones, in place of the first
	Descending bool      // the newest first
}

// EventWriter appends to the events. Lists within the same transaction need not
// show what it appended.
type EventWriter interface {
	// LockEvents is EventHead for one who is going to append: no other
	// transaction can append before this one has ended.
	LockEvents() (EventID, []byte, error)
	AddEvent(e Event) error
	PutEventEpoch(epoch int64) error
	PutInstallation(i Installation) error
	// DropEvents drops all events up to and including through, which EventStart
	// gives from then on. It is content when they were dropped before.
	DropEvents(through Event) error
}

// Mail is a letter on its way. Its text and link are sealed: until it was read,
// the link in it is as good as a password.
type Mail struct {
	ID        int64
	To        string
	Subject   string
	Text      []byte // sealed
	HTML      []byte // sealed; empty for letters without it
	Link      []byte // sealed; empty for letters without one
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
	Reason     string // what the mail server answered
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

// MailWriter is the queue of letters.
type MailWriter interface {
	AddMail(m *Mail) error
	// ClaimMails hands out up to n letters that are due and keeps them from
	// others until the lease ends.
	LeaseMails(now time.Time, n int, lease time.Duration) ([]Mail, error)
	// ReleaseLeases makes the emails and deliveries due now that a process which has
	// ended still holds.
	ReleaseLeases(of LeaseHolder, now time.Time) error
	// Mails lists all emails, also those that were given up, by id; for changing the
	// encryption key.
	Mails(after int64, limit int) ([]Mail, error)
	ResealMail(m Mail) error                                  // the same letter, encrypted anew: Text, HTML and Link
	DropMail(id int64) error                                  // NotFound if it is gone: of two nodes that drop it, one succeeds
	DelayMail(id int64, until time.Time, reason string) error // counts the attempt
	GiveUpMail(id int64, reason string) error                 // counts the attempt; until it is retried, or KeepFailedMail has passed
	RetryMail(id int64, at time.Time) error                   // NotFound unless it was given up; attempts begin anew
	DropInvitationMails(id InvitationID) error                // of one invitation: its link has changed
}
