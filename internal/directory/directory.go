package directory

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/sshkey"
)

// Directory holds the rules. It is safe for concurrent use.
type Directory struct {
	store    Store
	hasher   *secret.Hasher
	keyring  *secret.Keyring
	renderer Renderer
	options  Options
	lastUsed *lastUsed
	full     Scopes          // what credentials have that are not access tokens
	reserved map[string]bool // skeletons of Options.ReservedWords
	imports  chan struct{}   // holds one for each import under way
	events   eventSignal
	denied   denylist
	chain    atomic.Pointer[keySecret]   // the keys of the newest epoch that was seen
	counters atomic.Pointer[counterKeys] // see counter_key.go
}

// Options are the settings that rules depend on.
type Options struct {
	Log             *slog.Logger     // nil discards
	Now             func() time.Time // nil is the wall clock, which never goes back: see steadyClock
	Site            string           // what this installation is called; a poor password
	SignUp          SignUpMode       // who may make an account for themselves
	SignUpDomains   []string         // of addresses, for SignUpByDomain: example.org, or *.example.org for those below
	FirstUserAdmin  bool             // Wekan: whoever registers first on an empty server administers it
	DiscloseAPIKeys bool             // administrators see other people's API keys
	PasswordMinimum int              // characters; 0 leaves each API its own rule
	CommonPasswords CommonRule       // where passwords are refused that everybody guesses
	Breached        *secret.Breached // more of those; nil for none
	Reauthenticate  time.Duration    // how long after the password was shown a session may show, make or change credentials; 0 for ever
	PM415Hides      bool             // pm415 does not reveal at registration and recovery whether an address has an account
	PM415Free       bool             // pm415 has its product's rules of passwords: short and common ones, changed without the present one
	Lifetimes       Lifetimes
	Login           LoginLimits
	KeyLimits       sshkey.Limits
	MaxKeys         int            // SSH keys one person may hold; 0 is 100
	MailPerHour     int            // emails to one mailbox: see mailClass; 0 is 10
	MailPerDay      int            // likewise; 0 is 30
	EventRecorded   func()         // called after a commit that recorded an event; nil for nothing
	WriteFailed     func()         // called after a transaction that the store could not keep; nil for nothing
	MailQueued      func()         // called after a commit that queued a letter; nil for nothing
	WebhookQueued   func()         // called after a commit that queued a delivery to a webhook; nil for nothing
	WebhookPrivate  []netip.Prefix // addresses that webhooks may be at although they are not public
	WebhookBacklog  int            // deliveries that may wait for a webhook that fails; 0 is 100,000
	KeepEvents      time.Duration  // how old events may become; 0 for any age
	DormantAfter    time.Duration  // without activity for so long, people are put to rest; 0 for never

	// SignUpOrganizations lets users create organizations after sign-up, without a role.
	SignUpOrganizations bool
	ReserveNames        time.Duration // how long the names of deleted and renamed users and organizations stay reserved; 0 not at all
	ReservedWords       []string      // more usernames that users cannot give themselves
}

// Lifetimes say how long things last that expire. Zero fields take the default.
type Lifetimes struct {
	WekanSession   time.Duration // 90 days
	PM415Session   time.Duration // 7 days
	ConsoleSession time.Duration // 14 days
	Invitation     time.Duration // 7 days
	Reset          time.Duration // 1 day
	Verify         time.Duration // 3 days
	Setup          time.Duration // 1 day
}

// LoginLimits bound guessing. Zero fields take the default.
type LoginLimits struct {
	AccountFailures  int           // wrong passwords for one account; 10
	AddressFailures  int           // wrong passwords from one address; 50
	RevealingAnswers int           // answers to one address that tell whether somebody exists; 100
	SignUps          int           // registrations from one address; 100
	Invitations      int           // by one user who is no administrator, from one address, for one organization; 200
	AccountLogins    int           // successful logins of one account in a minute; 60, and -1 for any number
	AddressLogins    int           // successful logins from one network in a minute; 600, and -1 for any number
	Window           time.Duration // in which they are counted; 10 minutes
	Lock             time.Duration // how long the next try must wait; 10 minutes
}

// Composer writes the letters. It knows the public address of this server and
// the products' subjects; the core knows when a letter is due.
type Renderer interface {
	Render(l Message) (RenderedMessage, error)
}

// LetterKind says why a letter is written.
type MessageKind string

// The letters.
const (
	VerifyMessage         MessageKind = "verify"         // somebody signed up with the address
	VerifyAddressMessage  MessageKind = "verify_address" // somebody who has an account says that it is theirs
	RecoveryMessage       MessageKind = "recovery"
	InvitationMessage     MessageKind = "invitation"
	ResetMessage          MessageKind = "reset" // an administrator had the password reset
	EmailChangedMessage   MessageKind = "address_changed"
	AccountCreatedMessage MessageKind = "account_created"
	AccountExistsMessage  MessageKind = "account_exists" // somebody signed up with the address of an account
	SetupMessage          MessageKind = "setup"          // never mailed: its link is printed at first start
)

// Letter is what a letter is to say.
type Message struct {
	Kind         MessageKind
	API          API // in whose manner
	To           string
	Name         string // of the addressee
	Inviter      string
	Organization string
	NewAddress   string      // of AddressLetter: what counts from now on; To is not told all of it
	Revertible   bool        // of AddressLetter: To stays until NewAddress is proven, and the link takes the change back
	Token        secret.Text // what the link carries
	Expires      time.Time
	Invitation   InvitationID // of InvitationLetter
	User         UserID       // of AddressLetter and RecoveryLetter: the account
	KnownNetwork bool         // of RecoveryLetter: the account knows the network of the caller
	Verified     bool         // of RecoveryLetter: the account has verified To
}

// Composed is a letter in words, once plain and once as HTML. Link is the one link
// in both, or empty.
type RenderedMessage struct {
	Subject, Text, HTML, Link string
}

// New builds the directory on a store. The keyring encrypts what must be shown
// again, the hasher guards passwords.
func New(store Store, hasher *secret.Hasher, keyring *secret.Keyring, composer Renderer, options Options) *Directory {
	if options.Now == nil {
		options.Now = newSteadyClock().Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	options = options.WithDefaults()
	return &Directory{
		store: store, hasher: hasher, keyring: keyring, renderer: composer, options: options,
		lastUsed: newLastUsed(), full: fullScopes(), imports: make(chan struct{}, maxImports),
		reserved: skeletonSet(strings.Join(options.ReservedWords, " ")),
	}
}

// WithDefaults returns the options with the default in every limit that is zero.
// The server sets all of them from its settings, whose defaults are the same: a
// test of package app compares the two.
func (o Options) WithDefaults() Options {
	o.Lifetimes.fill()
	o.Login.fill()
	o.MaxKeys = orDefault(o.MaxKeys, defaultMaxKeys)
	o.MailPerHour, o.MailPerDay = orDefault(o.MailPerHour, 10), orDefault(o.MailPerDay, 30)
	return o
}

func (l *Lifetimes) fill() {
	const day = 24 * time.Hour
	l.WekanSession = orDefault(l.WekanSession, 90*day)
	l.PM415Session = orDefault(l.PM415Session, 7*day)
	l.ConsoleSession = orDefault(l.ConsoleSession, 14*day)
	l.Invitation = orDefault(l.Invitation, 7*day)
	l.Reset = orDefault(l.Reset, day)
	l.Verify = orDefault(l.Verify, 3*day)
	l.Setup = orDefault(l.Setup, day)
}

func (l *LoginLimits) fill() {
	l.AccountFailures = orDefault(l.AccountFailures, 10)
	l.AddressFailures = orDefault(l.AddressFailures, 50)
	l.RevealingAnswers = orDefault(l.RevealingAnswers, 100)
	l.SignUps = orDefault(l.SignUps, 100)
	l.Invitations = orDefault(l.Invitations, 200)
	l.AccountLogins = orDefault(l.AccountLogins, 60)
	l.AddressLogins = orDefault(l.AddressLogins, 600)
	l.Window = orDefault(l.Window, 10*time.Minute)
	l.Lock = orDefault(l.Lock, 10*time.Minute)
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// now is the time as stores keep it.
func (d *Directory) now() time.Time {
	return d.options.Now().UTC().Truncate(time.Microsecond)
}

// view runs fn for one reading deed of who, who must be allowed need in org.
func (d *Directory) read(ctx context.Context, actor Actor, need Permission, org OrgID, fn func(tx Reader, self User) error) error {
	return d.store.ReadCached(ctx, func(tx Reader) error {
		if d.denied.containsActor(actor) {
			return unauthenticated()
		}
		self, err := authorize(tx, actor, need, org)
		if err != nil {
			return err
		}
		return fn(tx, self)
	})
}

// update runs fn for one changing deed of who, who must be allowed need in org.
func (d *Directory) update(ctx context.Context, actor Actor, need Permission, org OrgID, fn func(tx Writer, self User) error) error {
	return d.write(ctx, func(tx Writer) error {
		if d.denied.containsActor(actor) {
			return unauthenticated()
		}
		self, err := authorize(tx, actor, need, org)
		if err == nil {
			err = d.reserveIdempotencyKey(tx, actor)
		}
		if err != nil {
			return err
		}
		return fn(tx, self)
	})
}

// write is the store's Update that notices letters, deliveries and events: whoever
// sends or follows them is woken once they are there to be read.
func (d *Directory) write(ctx context.Context, fn func(tx Writer) error) error {
	var did commitEffects
	err := d.store.Update(ctx, func(tx Writer) error {
		did = commitEffects{}
		return fn(effectWriter{tx, &did})
	})
	if kind := fault.KindOf(err); err != nil && (kind == fault.Unavailable || kind == fault.Internal) && d.options.WriteFailed != nil {
		d.options.WriteFailed()
	}
	if err != nil {
		return err
	}
	if did.mailQueued && d.options.MailQueued != nil {
		d.options.MailQueued()
	}
	if did.deliveryQueued && d.options.WebhookQueued != nil {
		d.options.WebhookQueued()
	}
	if did.eventRecorded {
		if d.options.EventRecorded != nil {
			d.options.EventRecorded()
		}
		d.events.broadcast()
	}
	return nil
}

// noticed is what others wait for in a transaction.
type commitEffects struct {
	mailQueued     bool // a letter
	deliveryQueued bool // a delivery to a webhook
	eventRecorded  bool // an event
}

type effectWriter struct {
	Writer
	effects *commitEffects
}

func (w effectWriter) AddMail(m *Mail) error {
	w.effects.mailQueued = true
	return w.Writer.AddMail(m)
}

func (w effectWriter) RetryMail(id int64, at time.Time) error {
	w.effects.mailQueued = true
	return w.Writer.RetryMail(id, at)
}

func (w effectWriter) AddDeliveries(all []Delivery) error {
	w.effects.deliveryQueued = true
	return w.Writer.AddDeliveries(all)
}

func (w effectWriter) ChangeDelivery(one Delivery) error {
	w.effects.deliveryQueued = true
	return w.Writer.ChangeDelivery(one)
}

func (w effectWriter) ReplayDead(r Replay) (int, error) {
	w.effects.deliveryQueued = true
	return w.Writer.ReplayDead(r)
}

func (w effectWriter) AddEvent(e Event) error {
	w.effects.eventRecorded = true
	return w.Writer.AddEvent(e)
}

func (w effectWriter) AddEvents(events []Event) error {
	w.effects.eventRecorded = true
	return w.Writer.AddEvents(events)
}

// Require is what routers ask before they let a request in: whether the
// credential of who was made for need at all. Whether its owner may do the deed,
// the deed itself decides, in its transaction.
func (d *Directory) Require(_ context.Context, actor Actor, need Permission) error {
	switch {
	case need == Public || actor.isOperator():
		return nil
	case actor.Anonymous():
		return unauthenticated()
	case !actor.scopes.permits(need):
		return insufficientScope(need)
	}
	return nil
}

// May is the permission check of a deed alone: nil if who may do need, inside org
// where need is about an organization. Whoever may not act learns that before
// anything about their input, and costs no hashing. Deeds check again, in their
// transaction.
func (d *Directory) Can(ctx context.Context, actor Actor, need Permission, org OrgID) error {
	return d.read(ctx, actor, need, org, func(Reader, User) error { return nil })
}
