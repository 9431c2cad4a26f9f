// Package config reads the settings of the program: defaults, then a TOML
// file, then ROSTER_… environment variables, then flags. A later source overrides an
// earlier one. Load reports all errors at once.
//
// The Config struct is the only list of settings. Names, environment variables, defaults,
// limits and descriptions are tags of its fields. The loader, "roster config describe" and
// docs/settings.md read the tags.
package config

import (
	"log/slog"
	"time"

	"roster.example/roster/internal/secret"
)

// Config holds every setting. Load returns one; the zero value is not useful.
//
// Tags: name is the key in the file; default is the text form of the default value;
// help is the description; oneof, min, max and check restrict the value. A text setting may
// be empty only if its default is empty.
type Config struct {
	Data                string      `name:"data" default:"./roster-data" help:"Folder for the database, the key file and the mail outbox."`
	Listen              string      `name:"listen" default:"127.0.0.1:8080" check:"address" help:"Address and port to listen on. Port 0 selects a free port."`
	Database            Database    `name:"database" default:"" check:"database" help:"Database of the directory. Empty means SQLite in the data folder, sqlite:FILE another file, postgres://USER:PASSWORD@HOST/NAME a PostgreSQL database; the password is never shown."`
	DatabaseFeed        Database    `name:"database_feed" default:"" check:"database" help:"Address of the same PostgreSQL database for the notifications between nodes. Required if database is the address of a pooler that shares connections. Empty means database."`
	Cache               Size        `name:"cache" default:"16MiB" min:"1MiB" max:"64GiB" help:"Memory for the cache of users and credentials."`
	BaseURL             string      `name:"base_url" default:"" check:"url" help:"Public URL of this installation, for links in emails. Empty derives it from listen."`
	SiteName            string      `name:"site_name" default:"Roster" check:"line" help:"Name of this installation on pages and in emails."`
	Organization        string      `name:"organization" default:"Home" check:"line" help:"Name of the home organization, which the first start creates."`
	SignUp              string      `name:"sign_up" default:"open" oneof:"off,invitation,open,domains" help:"Who may sign up: off (no one), invitation (invited users only), open (everyone), or domains (addresses in one of sign_up_domains). Invitations can be accepted in any case."`
	SignUpDomains       Domains     `name:"sign_up_domains" default:"" help:"Domains of addresses for sign_up = domains, such as example.org; *.example.org matches all subdomains, but not example.org."`
	SignUpOrganizations bool        `name:"sign_up_organizations" default:"false" help:"Whether users without a role beyond Pending may create organizations, as at pm415. Other users and administrators always may."`
	DiscloseAPIKeys     string      `name:"disclose_api_keys" default:"own" oneof:"own,admins" help:"Which API keys the compatible APIs show: own (only the caller's) or admins (to administrators, those of all users)."`
	TrustedProxies      Networks    `name:"trusted_proxies" default:"" help:"Proxies whose X-Forwarded-… headers are trusted."`
	OperationsListen    string      `name:"operations_listen" default:"" check:"address" help:"Additional address and port that serves only /healthz and /readyz."`
	MaxBody             Size        `name:"max_body" default:"1MiB" min:"1KiB" max:"1GiB" help:"Maximum size of a request body."`
	RequestTimeout      Duration    `name:"request_timeout" default:"30s" min:"1s" max:"1h" help:"Maximum duration of a request."`
	LogFormat           string      `name:"log_format" default:"text" oneof:"text,json" help:"Format of the log on standard error."`
	LogLevel            string      `name:"log_level" default:"info" oneof:"debug,info,warn,error" help:"Minimum level of log lines."`
	KeyFile             string      `name:"key_file" default:"" help:"File with the keys that encrypt secrets in the database. Empty means secret.key in the data folder, which the first start creates."`
	Key                 secret.Text `name:"key" default:"" file:"no" help:"Content of a key file, instead of key_file."`

	Limits     Limits     `name:"limits"`
	Password   Password   `name:"password"`
	Login      Login      `name:"login"`
	Session    Session    `name:"session"`
	Security   Security   `name:"security"`
	Users      Users      `name:"users"`
	Invitation Invitation `name:"invitation"`
	SSHKeys    SSHKeys    `name:"ssh_keys"`
	Mail       Mail       `name:"mail"`
	Events     Events     `name:"events"`
	Webhooks   Webhooks   `name:"webhooks"`
	Native     Native     `name:"native"`
	GitLab     GitLab     `name:"gitlab"`
	Wekan      Wekan      `name:"wekan"`
	Codebase   Codebase   `name:"codebase"`
	PM415      PM415      `name:"pm415"`
	Console    Console    `name:"console"`

	// Components adds the page that shows all components of the design. It is no setting: the sample
	// server sets it.
	Components bool

	// Now returns the time; nil is time.Now. It is no setting: the sample server sets it while it creates a
	// history.
	Now func() time.Time

	// Warnings describes settings that are valid but unusual, one line each.
	Warnings []string
}

// Limits bounds the resources of requests. See docs/limits.md.
type Limits struct {
	Reads          int      `name:"reads" default:"0" min:"0" max:"1024" help:"Maximum number of concurrent expensive reads: searches, filters, totals, exports, lists without pages. 0 means the number of processors minus one, at least 1."`
	ReadsPerCaller int      `name:"reads_per_caller" default:"2" min:"1" max:"1024" help:"Maximum number of concurrent expensive reads of one user, or of one address without a credential. Others wait, and get 429 after reads_wait."`
	ReadsQueue     int      `name:"reads_queue" default:"64" min:"0" max:"65536" help:"Maximum number of waiting expensive reads; a quarter of them from one caller. Others get 429 or 503."`
	ReadsWait      Duration `name:"reads_wait" default:"2s" min:"0s" max:"1m" help:"Maximum waiting time of an expensive read before it gets 429 or 503."`
	ReadTime       Duration `name:"read_time" default:"5s" min:"100ms" max:"10m" help:"Maximum duration of one statement of an expensive read; then it gets 503. On PostgreSQL the statement_timeout of the address also applies (10s unless set)."`
	Bodies         Size     `name:"bodies" default:"64MiB" min:"1MiB" max:"1024GiB" help:"Maximum total size of the bodies of concurrent requests. Users and addresses have shares of it, and an eighth is reserved for bodies up to 4 KiB (docs/limits.md). Other requests get 503. Imports and exports do not count."`
	PublicBody     Size     `name:"public_body" default:"16KiB" min:"1KiB" max:"1GiB" help:"Maximum size of a body of unauthenticated requests: sign-in, sign-up, password resets, and credentials in a body."`
	BodyTime       Duration `name:"body_time" default:"10s" min:"100ms" max:"1h" help:"Maximum time for 64 KiB of a body to arrive, within request_timeout. Slower requests get 408."`
}

// Password has the rules and the hash parameters of passwords.
type Password struct {
	MinimumLength int    `name:"minimum_length" default:"8" min:"0" max:"256" help:"Minimum length of new passwords, at every API. 0 means the rule of each product: Wekan 1 character, pm415 4, the others 8; the compatible APIs then accept common passwords."`
	Common        string `name:"common" default:"all" oneof:"own,all,off" help:"Where new passwords that are commonly used are rejected: all (every API) or own (native API, pages and commands). With password.minimum_length 0, all means own."`
	BreachedFile  string `name:"breached_file" default:"" help:"File of breached passwords, which count as common: sorted SHA-1 hashes in hexadecimal, one per line, as published by Have I Been Pwned. The file is searched in place. Empty means none."`
	MemoryKiB     int    `name:"memory_kib" default:"19456" min:"8192" max:"1048576" help:"Memory in KiB for each password hash (argon2id)."`
	Time          int    `name:"time" default:"2" min:"1" max:"64" help:"Number of passes (argon2id)."`
	Slots         int    `name:"slots" default:"0" min:"0" max:"1024" help:"Maximum number of concurrent password hashes. 0 means the number of processors minus one, at least 1."`
	Queue         int    `name:"queue" default:"32" min:"0" max:"65536" help:"Maximum number of requests from one network that wait for a slot; 8 times as many from all networks. Others get 429. Networks are served in turn."`
}

// Login limits failed and successful logins.
type Login struct {
	AccountFailures  int      `name:"account_failures" default:"10" min:"1" max:"100000" help:"Failed logins with one name, or of one account, from one network within the window before the network is locked for it. Networks without a login of the account in the last 30 days share 5 times as many, and 10 times as many per day; each of their /24 or /48 has twice as many, and 4 times as many per day."`
	AddressFailures  int      `name:"address_failures" default:"50" min:"1" max:"1000000" help:"Failed logins from one network (an IPv4 address or an IPv6 /64) within the window before it is locked; 4 times as many from a /24 or /48."`
	Window           Duration `name:"window" default:"10m" min:"1s" max:"24h" help:"Period in which failed logins are counted."`
	Lock             Duration `name:"lock" default:"10m" min:"1s" max:"24h" help:"Duration of a lock."`
	AccountPerMinute int      `name:"account_per_minute" default:"60" min:"0" max:"1000000" help:"Maximum number of successful logins of one account per minute; others get 429. 0 means unlimited."`
	AddressPerMinute int      `name:"address_per_minute" default:"600" min:"0" max:"1000000" help:"Maximum number of successful logins from one network per minute; others get 429. 0 means unlimited."`
}

// Session has the lifetimes of sessions.
type Session struct {
	WekanDays   int `name:"wekan_days" default:"90" min:"1" max:"3650" help:"Lifetime of a Wekan login token, in days."`
	PM415Days   int `name:"pm415_days" default:"7" min:"1" max:"3650" help:"Lifetime of a pm415 login token, in days."`
	ConsoleDays int `name:"console_days" default:"90" min:"1" max:"3650" help:"Lifetime of a session of the native API or of the pages, in days."`

	ConsoleIdleDays int `name:"console_idle_days" default:"14" min:"1" max:"3650" help:"A session of the native API or of the pages ends after this many days without a request."`

	ForwardAuthDomain string `name:"forward_auth_domain" default:"" check:"host" help:"Parent domain of base_url and of applications behind forward authentication, such as example.org; no public suffix such as com. Signing in then also sets a cookie for all hosts of the domain, which only forward authentication accepts. Empty sets none."`
}

// Users has the rules for users.
type Users struct {
	ReserveNames            Duration `name:"reserve_names" default:"8760h" min:"0s" max:"87600h" help:"How long the usernames of deleted and renamed users, and the names and short names of organizations, stay reserved. The previous owner can use them again; 'roster name release' releases one. 0s releases them at once."`
	ReservedNames           Words    `name:"reserved_names" default:"" help:"Additional reserved usernames. Like the built-in ones, such as admin and root, only administrators can assign them."`
	EraseOwnAccount         bool     `name:"erase_own_account" default:"true" help:"Whether users can erase their own accounts, on the pages and by the native API. Administrators always can erase accounts."`
	DeactivateInactiveAfter Duration `name:"deactivate_inactive_after" default:"0s" min:"0s" max:"87600h" help:"Users without activity for this time, for instance 365d, are deactivated: all credentials are revoked, and an administrator can reactivate them. Administrators, service accounts and users that never signed in are excluded. 0s means never."`
}

// Security has further security rules.
type Security struct {
	ReauthenticateWithin Duration `name:"reauthenticate_within" default:"15m" min:"0s" max:"720h" help:"How long after signing in with the password a session can show, create or change API keys, tokens, SSH keys, email addresses and passwords. 0s means without limit."`
	RequireSecondFactor  string   `name:"require_second_factor" default:"off" oneof:"off,admins,everyone" help:"Which users need a second factor to sign in with a password: off (none), admins (administrators of the server) or everyone. An organization can require it of its members besides. A session without one can only add one. API keys and access tokens need none."`
	EndedRetention       Duration `name:"ended_retention" default:"2160h" min:"0s" max:"876000h" help:"How long revoked and expired access tokens, accepted and revoked invitations and used links that revert a change of address are kept; older ones are deleted within minutes. Events about them stay. 0s means forever."`
	HSTSMaxAge           Duration `name:"hsts_max_age" default:"8760h" min:"0s" max:"87600h" help:"If base_url is https: max-age of the header Strict-Transport-Security. 0s sends no header."`
	Contact              string   `name:"contact" default:"" check:"contact" help:"Contact for vulnerability reports in /.well-known/security.txt, such as mailto:security@example.org. Empty means that there is no security.txt."`
}

// Invitation has the lifetime of invitations.
type Invitation struct {
	Lifetime Duration `name:"lifetime" default:"168h" min:"1m" max:"8760h" help:"Lifetime of the link in an invitation."`
}

// SSHKeys limits public keys. RSA keys of 1024 bits are weak, but the sample key in GitLab's own API
// document has 1024 bits and must be accepted.
type SSHKeys struct {
	RSAMinimumBits int  `name:"rsa_minimum_bits" default:"1024" min:"1024" max:"16384" help:"Minimum size of RSA keys, in bits. Set 2048 unless older keys must be accepted."`
	PerUser        int  `name:"per_user" default:"100" min:"1" max:"10000" help:"Maximum number of SSH keys of one user."`
	Publish        bool `name:"publish" default:"false" help:"Whether SSH keys are public at /USERNAME.keys and /users/USERNAME.keys, as at GitHub and GitLab. This reveals which usernames exist."`
}

// Mail has the mail server. Without a host, emails are files in DATA/outbox.
type Mail struct {
	Host           string      `name:"host" default:"" check:"host" help:"Host name of the mail server. Empty writes each email to the folder outbox in the data folder."`
	Port           int         `name:"port" default:"587" min:"1" max:"65535" help:"Port of the mail server."`
	Username       string      `name:"username" default:"" check:"line" help:"Username at the mail server. Empty means no authentication."`
	Password       secret.Text `name:"password" default:"" help:"Password at the mail server."`
	From           string      `name:"from" default:"" check:"mail" help:"Sender of all emails, such as Roster <no-reply@example.org>."`
	TLS            string      `name:"tls" default:"starttls" oneof:"starttls,tls,none" help:"Encryption of the connection to the mail server. none is allowed only for this machine."`
	PerAddressHour int         `name:"per_address_hour" default:"10" min:"5" max:"1000000" help:"Maximum number of emails to one address per hour: a fifth for sign-ups, three tenths for invitations and other emails that users request, a tenth for those of server administrators, and the rest for password resets. Notifications to the previous, verified address of an account are counted separately for each account."`
	PerAddressDay  int         `name:"per_address_day" default:"30" min:"5" max:"1000000" help:"The same per day."`
	Language       string      `name:"language" default:"en" oneof:"en,de" help:"Language of emails to recipients that have not chosen one in their preferences."`
	Templates      string      `name:"templates" default:"" help:"Folder of templates that replace built-in ones, such as verify.txt; see docs/mail.md. Empty means none."`
}

// Events has the retention of events.
type Events struct {
	Retention Duration `name:"retention" default:"0s" min:"0s" max:"876000h" help:"How long events are kept, for instance 730d; older ones are deleted within a day. 0s means forever."`
}

// Webhooks restricts the addresses of webhooks.
type Webhooks struct {
	AllowPrivate Networks `name:"allow_private" default:"" help:"Private addresses that webhooks may use, also without encryption. Empty means that webhooks need a public address and https."`
}

// API has the settings that all APIs share.
type API struct {
	Enabled bool   `name:"enabled" default:"true" help:"Whether this API is enabled. If not, its paths are 404."`
	Hosts   Hosts  `name:"hosts" default:"" help:"Host names that serve only this API."`
	Listen  string `name:"listen" default:"" check:"address" help:"Additional address and port that serves only this API."`
}

// Native is the native API.
type Native struct {
	API
	PerMinute         int      `name:"requests_per_minute" default:"12000" min:"0" max:"100000000" help:"Maximum number of requests of one user per minute, on each node; others get 429. 0 means unlimited. Forward authentication does not count."`
	ImportMaxBody     Size     `name:"import_max_body" default:"4GiB" min:"1KiB" max:"1024GiB" help:"Maximum size of an imported file; max_body and request_timeout do not apply to imports and exports."`
	ImportIdleTimeout Duration `name:"import_idle_timeout" default:"1m" min:"1s" max:"1h" help:"Time without data after which an import or export is ended."`
}

// GitLab is the GitLab API, v3 and v4.
type GitLab struct {
	API
	UserVisibility   string `name:"user_visibility" default:"full" oneof:"full,basic" help:"Which fields of other users a user without administrator rights sees: full as in GitLab 6, or basic as in later versions."`
	OwnPasswordRules bool   `name:"own_password_rules" default:"false" help:"Whether PUT /users/:id with an API key or access token can change the caller's own address and password without the current password, as GitLab does. If not, the request needs current_password."`
}

// Wekan is the classic Wekan API.
type Wekan struct {
	API
	HTTPStatuses       bool `name:"http_statuses" default:"false" help:"Whether errors have their own HTTP status. If not, the status is 200 and the body contains the error status, as in Wekan."`
	RevealUnknownUsers bool `name:"reveal_unknown_users" default:"false" help:"Whether login has different errors for an unknown name, a wrong password and no password, as in Wekan up to v10. This reveals which accounts exist."`
	FirstUserIsAdmin   bool `name:"first_user_is_admin" default:"false" help:"Whether the first user that registers becomes an administrator, as in Wekan."`
}

// Codebase is the Codebase API.
type Codebase struct {
	API
}

// PM415 is the pm415 API.
type PM415 struct {
	API
	RevealUnknownUsers bool `name:"reveal_unknown_users" default:"false" help:"Whether login and password reset respond 404 for an unknown address, and registration 409 for a taken one, as in pm415. This reveals which accounts exist. If not, all addresses get the same response, and that of a registration has no userId."`
	OwnPasswordRules   bool `name:"own_password_rules" default:"false" help:"Whether this API has pm415's password rules: 4 characters, common passwords accepted, and PUT /user changes email address and password without the current password. If not, PUT /user requires currentPassword, or a login within security.reauthenticate_within."`
}

// Console is the web pages.
type Console struct {
	Enabled   bool   `name:"enabled" default:"true" help:"Whether the web pages are served."`
	AccentHue int    `name:"accent_hue" default:"0" min:"0" max:"360" help:"Accent colour of the pages as an angle of the colour wheel in degrees, such as 150 for green. 0 means Roster's blue. Text has enough contrast with each of them."`
	Logo      string `name:"logo" default:"" help:"SVG or PNG file of at most 64 KiB, which the pages show in place of Roster's logo. Empty means Roster's."`
}

// Level returns LogLevel as a slog.Level.
func (c Config) Level() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return slog.LevelInfo // the zero Config has no level
	}
	return level
}
