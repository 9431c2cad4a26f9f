package directory

import (
	"log/slog"
	"net/netip"
	"time"

	"roster.example/roster/internal/access"
	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/doctor"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/newuser"
	"roster.example/roster/internal/notice"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/rekey"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
	"roster.example/roster/internal/sshkey"
	"roster.example/roster/internal/webhook"
)

// Directory implements the operations. It is safe for concurrent use.
type Directory struct {
	*importer.Importer      // import and export of users
	*audit.Log              // events
	*webhook.Registry       // webhooks
	*secondfactor.Factors   // second factors
	*session.List           // sessions
	*credential.Credentials // access tokens, API keys, SSH keys
	*access.Checker         // permissions of users, forward authentication
	*rekey.Rotation         // change of the encryption key
	*doctor.Checks          // checks of the database
	*login.Logins           // logins
	*invitation.Invites     // invitations
	*registration.SignUps   // sign-up
	*project.Catalog        // projects
	*role.Definitions       // roles
	*inputpolicy.Policy     // rules for input
	*naming.Reservations    // reserved names

	overview overviewCache

	ops      *operation.Runner
	store    model.Store
	hasher   *secret.Hasher
	keyring  *secret.Keyring
	mails    *mailqueue.Queue
	notices  *notice.Sender
	limits   *ratelimit.Limits
	attempts *loginlimit.Limits
	names    *naming.Policy
	users    *newuser.Creator
	links    *maillink.Sender
	options  Options
	lastUsed *lastUsed
	full     model.Scopes // scopes of sessions and API keys
	schemes  passwordSchemes
}

// Options are the settings of a [Directory]. All limits are required; package directoryconfig derives
// them from the settings of the program.
type Options struct {
	Log                    *slog.Logger                 // nil discards
	Now                    func() time.Time             // nil is the wall clock without steps back: see [operation.SteadyClock]
	Site                   string                       // name of this installation; not accepted as a password
	SignUp                 registration.Mode            // who may sign up
	SignUpDomains          []string                     // for [registration.ByDomain]: example.org, or *.example.org for its subdomains
	FirstUserAdmin         bool                         // Wekan: the first sign-up on an empty server becomes administrator
	DiscloseAPIKeys        bool                         // administrators can read the API keys of all users
	PasswordMinimum        int                          // characters; 0 means the minimum of each API
	CommonPasswords        passwordpolicy.Rule          // which APIs reject common passwords
	Breached               *secret.Breached             // passwords that were breached elsewhere; nil for none
	Reauthenticate         time.Duration                // how long after a password check a session may read or change credentials; 0 is no limit
	RequireSecondFactor    secondfactor.Policy          // which users need a second factor; "" is secondfactor.Optional
	Passkeys               func() *passkey.RelyingParty // this server for passkeys; nil, or a nil result, has none
	HidesAccounts          []model.API                  // compatible APIs that do not reveal whether an account exists, although their products do
	PM415OwnPasswordRules  bool                         // the pm415 API accepts short and common passwords, and changes without the current one
	GitLabBasicUsers       bool                         // GitLab's API shows only names, ids and state of users, as GitLab 7 and later
	GitLabOwnPasswordRules bool                         // the GitLab API changes the caller's own password without the current one
	Lifetimes              Lifetimes
	Login                  ratelimit.LoginLimits
	KeyLimits              sshkey.Limits
	MaxKeys                int            // SSH keys per user
	MailPerHour            int            // emails to one mailbox: see [ratelimit.MailClass]
	MailPerDay             int            // likewise
	EventRecorded          func()         // called after a commit that recorded an event; nil for nothing
	WriteFailed            func()         // called after a transaction that failed in the store; nil for nothing
	MailQueued             func()         // called after a commit that queued an email; nil for nothing
	WebhookQueued          func()         // called after a commit that queued a webhook delivery; nil for nothing
	WebhookPrivate         []netip.Prefix // private networks that webhook URLs may point to
	WebhookBacklog         int            // maximum queued deliveries of a failing webhook; 0 is 100,000
	KeepEvents             time.Duration  // events older than this are deleted; 0 keeps all
	KeepEnded              time.Duration  // tokens, invitations and links that ended longer ago are deleted; 0 keeps all
	NoSelfErasure          bool           // users cannot erase their own accounts
	DormantAfter           time.Duration  // users without activity for so long are deactivated; 0 is never

	// SignUpOrganizations lets users create organizations after sign-up, without a role.
	SignUpOrganizations bool
	ReserveNames        time.Duration // how long names of deleted and renamed users and organizations stay reserved; 0 is not at all
	ReservedWords       []string      // further usernames that users cannot choose
}

// Lifetimes holds the lifetimes of sessions and invitations.
type Lifetimes struct {
	WekanSession   time.Duration
	PM415Session   time.Duration
	ConsoleSession time.Duration
	ConsoleIdle    time.Duration // without a request
	Invitation     time.Duration
}

// New returns a Directory on a store. The keyring encrypts secrets that must be readable
// again, the hasher hashes passwords.
func New(store model.Store, hasher *secret.Hasher, keyring *secret.Keyring, renderer model.Renderer, options Options) *Directory {
	if options.Now == nil {
		options.Now = operation.SteadyClock()
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	d := &Directory{
		store: store, hasher: hasher, keyring: keyring, options: options,
		lastUsed: newLastUsed(), full: model.FullScopes(),
	}
	d.ops = operation.New(store, keyring, operation.Options{
		Log: options.Log, Now: options.Now, Reauthenticate: options.Reauthenticate, ConsoleIdle: options.Lifetimes.ConsoleIdle,
		GitLabBasicUsers: options.GitLabBasicUsers, Enqueue: webhook.Enqueue,
		EventRecorded: d.eventRecorded, WriteFailed: options.WriteFailed, MailQueued: options.MailQueued, WebhookQueued: options.WebhookQueued,
	})
	d.addLimits(renderer)
	d.embedRules()
	return d
}

// addLimits sets the rules that have no operation, and what other rules need first.
func (d *Directory) addLimits(renderer model.Renderer) {
	options := d.options
	d.Importer = importer.New(d.ops, importRules{d}, importer.Options{
		Log: options.Log, MaxKeys: options.MaxKeys, MaxEmails: maxEmails, ReservesNames: options.ReserveNames > 0,
	})
	d.mails = mailqueue.New(d.ops, d.store, d.keyring, renderer, options.Log, d.runMailRequest)
	d.limits = ratelimit.New(d.ops, options.Log, ratelimit.Options{Login: options.Login, MailPerHour: options.MailPerHour, MailPerDay: options.MailPerDay})
	d.notices = notice.New(d.limits, d.mails, d.ops.Now, options.Log)
	d.attempts = loginlimit.New(d.ops, d.limits, options.Log, options.Login, func(api model.API) bool { return inputpolicy.RevealsAccounts(d.Policy, api) })
	d.names = naming.NewPolicy(d.ops, naming.Options{Reserve: options.ReserveNames, Words: options.ReservedWords})
	d.links = maillink.New(d.ops, d.notices)
	d.users = newuser.NewCreator(d.ops, d.names)
	d.Policy = inputpolicy.New(d.store, d.names, inputpolicy.Options{
		Log: options.Log, Site: options.Site, PasswordMinimum: options.PasswordMinimum, CommonPasswords: options.CommonPasswords, Breached: options.Breached,
		HidesAccounts: options.HidesAccounts, PM415OwnPasswordRules: options.PM415OwnPasswordRules,
	})
}

// embedRules sets the embedded rules.
func (d *Directory) embedRules() {
	options, life := d.options, d.options.Lifetimes
	d.Reservations = naming.NewReservations(d.ops)
	d.List = session.New(d.ops, d.keyring, session.Lifetimes{Wekan: life.WekanSession, PM415: life.PM415Session, Console: life.ConsoleSession})
	d.Factors = secondfactor.New(d.ops, d.store, d.keyring, secondfactor.Rules{Limits: d.limits, Attempts: d.attempts, Sessions: d.List, Notices: d.notices}, secondfactor.Options{
		Site: options.Site, Policy: options.RequireSecondFactor, Passkeys: options.Passkeys, PasskeyLogins: options.Login.AddressLogins,
	})
	d.Credentials = credential.New(d.ops, d.store, d.keyring, d.Factors, d.notices, credential.Options{
		DiscloseAPIKeys: options.DiscloseAPIKeys, KeyLimits: options.KeyLimits, MaxKeys: options.MaxKeys,
	})
	d.Checker = access.New(d.ops, options.SignUpOrganizations)
	d.Checks = doctor.New(d.ops, d.store)
	d.Logins = login.New(d.ops, d.store, d.hasher, d.keyring, login.Rules{
		Limits: d.limits, Attempts: d.attempts, Sessions: d.List, Factors: d.Factors, Credentials: d.Credentials, Notices: d.notices,
	}, login.Options{Log: options.Log, Reauthenticate: options.Reauthenticate, Join: d.joinByInvitation})
	d.Invites = invitation.New(d.ops, d.store, invitation.Needs{
		Hasher: d.hasher, Limits: d.limits, Mails: d.mails, Notices: d.notices, Users: d.users, Policy: d.Policy, Credentials: d.Credentials, Rules: invitationRules{d},
	}, life.Invitation)
	d.SignUps = registration.New(d.ops, d.hasher, registration.Rules{
		Limits: d.limits, Attempts: d.attempts, Names: d.names, Users: d.users, Links: d.links, Policy: d.Policy, Logins: d.Logins, Invites: d.Invites,
	}, registration.Options{
		Mode: options.SignUp, Domains: options.SignUpDomains, Organizations: options.SignUpOrganizations, FirstUserAdmin: options.FirstUserAdmin, Queue: d.requestSignUp,
	})
	d.Catalog, d.Definitions = project.New(d.ops), role.New(d.ops)
	d.Log = audit.New(d.ops, d.store, d.keyring, options.KeepEvents)
	d.Registry = webhook.New(d.ops, d.store, d.keyring, webhook.Options{Private: options.WebhookPrivate, Backlog: options.WebhookBacklog})
	d.Rotation = rekey.New(d.ops, d.keyring, rekey.Secrets{Mails: d.mails, Webhooks: d.Registry, Factors: d.Factors, Credentials: d.Credentials})
}

// NewMailQueue returns the queue of emails for the mail worker. It is used by the server itself and
// takes no actor.
func NewMailQueue(d *Directory) *mailqueue.Queue { return d.mails }

// eventRecorded is called after a commit that recorded an event.
func (d *Directory) eventRecorded() {
	if d.options.EventRecorded != nil {
		d.options.EventRecorded()
	}
	audit.Wake(d.Log)
}
