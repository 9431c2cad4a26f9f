// Package config reads the settings of the program: defaults, then a TOML
// file, then ROSTER_… environment variables, then flags, each layer over the
// one before. The whole is checked at once and every fault reported, so that
// nobody mends a file one error at a time.
//
// The Config struct is the only list of settings. Names, environment
// variables, defaults, limits and explanations are tags of its fields, and the
// loader, "roster config describe" and docs/settings.md all read those.
package config

import (
	"log/slog"

	"roster.example/roster/internal/secret"
)

// Config holds every setting. Load makes it; its zero value is not useful.
//
// Tags: name is the key in the file; default is the text form of the value that
// holds when no source gives one; help says what it means; oneof, min, max and
// check limit it. A text setting may be empty only if its default is.
type Config struct {
	Data                string      `name:"data" default:"./roster-data" help:"Folder for the database, the key file and the mail outbox."`
	Listen              string      `name:"listen" default:"127.0.0.1:8080" check:"address" help:"Address and port to answer on. Port 0 picks a free one."`
	Database            Database    `name:"database" default:"" check:"database" help:"Where people are kept. Empty means SQLite in the data folder, sqlite:FILE another file, postgres://USER:PASSWORD@HOST/NAME a PostgreSQL database; the password is never shown."`
	DatabaseFeed        Database    `name:"database_feed" default:"" check:"database" help:"Address of the same PostgreSQL at which nodes hear of each other's changes, where database goes through a pooler that shares connections. Empty means database."`
	Cache               Size        `name:"cache" default:"16MiB" min:"1MiB" max:"64GiB" help:"Memory for people and credentials that are asked for often."`
	BaseURL             string      `name:"base_url" default:"" check:"url" help:"Public address of this installation, for links in mails. Empty derives it from listen."`
	SiteName            string      `name:"site_name" default:"Roster" check:"line" help:"What this installation is called on pages and in mails."`
	Organization        string      `name:"organization" default:"Home" check:"line" help:"Name of the home organization, given to it at the first start."`
	SignUp              string      `name:"sign_up" default:"open" oneof:"off,invitation,open,domains" help:"Who may make an account for themselves: nobody, who was invited, everybody, or who has an address in one of sign_up_domains. Invitations are good in any case."`
	SignUpDomains       Domains     `name:"sign_up_domains" default:"" help:"Domains of addresses for sign_up = domains, such as example.org; *.example.org takes those below it, and not itself."`
	SignUpOrganizations bool        `name:"sign_up_organizations" default:"false" help:"Whether users who signed up by themselves may create organizations, as at pm415. Off: administrators may, and users with a role beyond Pending in some organization."`
	DiscloseAPIKeys     string      `name:"disclose_api_keys" default:"own" oneof:"own,admins" help:"Who sees API keys through the old APIs: own shows each person theirs, admins shows administrators everybody's."`
	TrustedProxies      Networks    `name:"trusted_proxies" default:"" help:"Proxies whose X-Forwarded-… headers count."`
	OperationsListen    string      `name:"operations_listen" default:"" check:"address" help:"One more address for /healthz and /readyz alone."`
	MaxBody             Size        `name:"max_body" default:"1MiB" min:"1KiB" max:"1GiB" help:"Largest request body that is read."`
	RequestTimeout      Duration    `name:"request_timeout" default:"30s" min:"1s" max:"1h" help:"Longest time a request may take."`
	LogFormat           string      `name:"log_format" default:"text" oneof:"text,json" help:"Form of the log on standard error."`
	LogLevel            string      `name:"log_level" default:"info" oneof:"debug,info,warn,error" help:"Least important kind of line that is logged."`
	KeyFile             string      `name:"key_file" default:"" help:"File of the keys that encrypt secrets at rest. Empty means secret.key in the data folder, made at the first start."`
	Key                 secret.Text `name:"key" default:"" file:"no" help:"The content of a key file itself, in place of key_file."`

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

	// Warnings tell of what is no fault but surprising, one line each.
	Warnings []string
}

// Limits bounds what requests may take from each other. See docs/limits.md.
type Limits struct {
	Reads          int      `name:"reads" default:"0" min:"0" max:"1024" help:"Expensive reads at work at the same time: searches, filters, totals, exports, lists without pages. 0 means one for each processor but one, and one at least."`
	ReadsPerCaller int      `name:"reads_per_caller" default:"2" min:"1" max:"1024" help:"Expensive reads of one user, or of one address without a credential; further ones wait, and are answered 429."`
	ReadsQueue     int      `name:"reads_queue" default:"64" min:"0" max:"65536" help:"Expensive reads that may wait; one caller may take a quarter of the places. Further ones are answered 429 or 503."`
	ReadsWait      Duration `name:"reads_wait" default:"2s" min:"0s" max:"1m" help:"How long an expensive read may wait before it is answered 429 or 503."`
	ReadTime       Duration `name:"read_time" default:"5s" min:"100ms" max:"10m" help:"How long one statement of an expensive read may take in the database; after that it is answered 503. On PostgreSQL the statement_timeout of the address holds too: 10s, unless the address sets it."`
	Bodies         Size     `name:"bodies" default:"64MiB" min:"1MiB" max:"1024GiB" help:"Bytes of request bodies that all requests under way may hold together. Users and addresses have shares of it, and an eighth is a reserve for bodies up to 4 KiB (docs/limits.md). Further bodies are answered 503. Imports and exports do not count."`
	PublicBody     Size     `name:"public_body" default:"16KiB" min:"1KiB" max:"1GiB" help:"Largest body that is read before its caller is authenticated: logins, registrations, resets, and credentials in a body."`
	BodyTime       Duration `name:"body_time" default:"10s" min:"100ms" max:"1h" help:"How long 64 KiB of a body may take to arrive, within request_timeout; slower ones are answered 408."`
}

// Password limits and hashes passwords.
type Password struct {
	MinimumLength int    `name:"minimum_length" default:"8" min:"0" max:"256" help:"Fewest characters of a new password, at every API. 0 means the product's own rule: Wekan takes 1 character, pm415 4, the others 8, and the imitated APIs take common passwords."`
	Common        string `name:"common" default:"all" oneof:"own,all,off" help:"Where new passwords are refused that are commonly used: all means every API, own means Roster's own API, pages and commands. With password.minimum_length 0, all means the same as own."`
	BreachedFile  string `name:"breached_file" default:"" help:"File of breached passwords that count as common too: SHA-1 in hexadecimal, one a line, in order, as Have I Been Pwned publishes it. It is searched where it lies. Empty means none."`
	MemoryKiB     int    `name:"memory_kib" default:"19456" min:"8192" max:"1048576" help:"Memory in KiB that hashing one password takes (argon2id)."`
	Time          int    `name:"time" default:"2" min:"1" max:"64" help:"Passes over that memory (argon2id)."`
	Slots         int    `name:"slots" default:"0" min:"0" max:"1024" help:"Passwords hashed at the same time. 0 means one for each processor but one, which is left for everything else."`
	Queue         int    `name:"queue" default:"32" min:"0" max:"65536" help:"Requests from one network that may wait for a slot, and an eighth of those that may in total; further ones are answered 429. Networks take turns."`
}

// Login slows down guessing.
type Login struct {
	AccountFailures  int      `name:"account_failures" default:"10" min:"1" max:"100000" help:"Failed logins with one name, or of one account, from one network within the window before that network is locked out. Networks that the account has not logged in from within 30 days share 5 times as many, and 10 times as many a day; each of their /24 or /48 has twice as many, and 4 times as many a day."`
	AddressFailures  int      `name:"address_failures" default:"50" min:"1" max:"1000000" help:"Failed logins from one network (an IPv4 address or an IPv6 /64) within the window before it is locked; 4 times as many from a /24 or /48."`
	Window           Duration `name:"window" default:"10m" min:"1s" max:"24h" help:"Time over which failed logins are counted."`
	Lock             Duration `name:"lock" default:"10m" min:"1s" max:"24h" help:"How long the lock lasts."`
	AccountPerMinute int      `name:"account_per_minute" default:"60" min:"0" max:"1000000" help:"Successful logins of one account in a minute; further ones are answered 429. 0 means any number."`
	AddressPerMinute int      `name:"address_per_minute" default:"600" min:"0" max:"1000000" help:"Successful logins from one network in a minute; further ones are answered 429. 0 means any number."`
}

// Session sets how long logins last.
type Session struct {
	WekanDays   int `name:"wekan_days" default:"90" min:"1" max:"3650" help:"Days a Wekan login token works."`
	PM415Days   int `name:"pm415_days" default:"7" min:"1" max:"3650" help:"Days a pm415 login token works."`
	ConsoleDays int `name:"console_days" default:"14" min:"1" max:"3650" help:"Days a session of the native API or a login to the console lasts."`
}

// Users has rules for people as a whole.
type Users struct {
	ReserveNames  Duration `name:"reserve_names" default:"8760h" min:"0s" max:"87600h" help:"How long the usernames of deleted and renamed users, and the names and short names of organizations, stay reserved. Their former holder may take them back; 'roster name release' frees one. 0s frees them at once."`
	ReservedNames Words    `name:"reserved_names" default:"" help:"More usernames that users cannot give themselves, beside the built-in ones such as admin and root. Administrators may give them."`
	DormantAfter  Duration `name:"dormant_after" default:"0s" min:"0s" max:"87600h" help:"Without activity for so long, for instance 365d, people are deactivated: every credential ends, and an administrator can reactivate them. Administrators, programs and people who never came in are left alone. 0s means never."`
}

// Security asks people for more than a login.
type Security struct {
	ReauthenticateWithin Duration `name:"reauthenticate_within" default:"15m" min:"0s" max:"720h" help:"How long after the password was shown a session of any API may show, make or change API keys, tokens, SSH keys, addresses and passwords. 0s never asks."`
	HSTSMaxAge           Duration `name:"hsts_max_age" default:"8760h" min:"0s" max:"87600h" help:"Where base_url is https: for how long browsers use https alone for this host, by the header Strict-Transport-Security of every answer. 0s sends no header."`
	Contact              string   `name:"contact" default:"" check:"contact" help:"Where to report a vulnerability of this installation, such as mailto:security@example.org, for /.well-known/security.txt. Empty answers 404 there."`
}

// Invitation sets how long invitations last.
type Invitation struct {
	Lifetime Duration `name:"lifetime" default:"168h" min:"1m" max:"8760h" help:"How long the link in an invitation works."`
}

// SSHKeys limits public keys.
type SSHKeys struct {
	RSAMinimumBits int  `name:"rsa_minimum_bits" default:"1024" min:"1024" max:"16384" help:"Smallest RSA key that is accepted. 2048 is wise where no old keys have to be taken over."`
	PerUser        int  `name:"per_user" default:"100" min:"1" max:"10000" help:"Most SSH keys of one person."`
	Publish        bool `name:"publish" default:"false" help:"Whether everybody may read people's SSH keys at /USERNAME.keys and /users/USERNAME.keys, as at GitHub and GitLab. It tells who has an account."`
}

// Mail says where letters go. Without a host they are files in DATA/outbox.
type Mail struct {
	Host           string      `name:"host" default:"" check:"host" help:"Mail server. Empty writes each mail to the folder outbox in the data folder."`
	Port           int         `name:"port" default:"587" min:"1" max:"65535" help:"Port of the mail server."`
	Username       string      `name:"username" default:"" check:"line" help:"Login at the mail server. Empty means none."`
	Password       secret.Text `name:"password" default:"" help:"Password for that login."`
	From           string      `name:"from" default:"" check:"mail" help:"Sender of all mails, such as Roster <no-reply@example.org>."`
	TLS            string      `name:"tls" default:"starttls" oneof:"starttls,tls,none" help:"Encryption on the way to the mail server. none is allowed only to this machine."`
	PerAddressHour int         `name:"per_address_hour" default:"10" min:"5" max:"1000000" help:"Most emails to one address in an hour, of all kinds and from all callers: a fifth to confirm sign-ups, three tenths for invitations and other emails that users ask for, a tenth for those of server administrators, and the rest for forgotten passwords. Notifications of a changed address to its former, verified address are counted for each account apart."`
	PerAddressDay  int         `name:"per_address_day" default:"30" min:"5" max:"1000000" help:"The same in a day."`
	Templates      string      `name:"templates" default:"" help:"Folder of templates in the place of the built-in ones, such as verify.txt; see docs/mail.md. Empty means none."`
}

// Events sets how long events last.
type Events struct {
	Keep Duration `name:"keep" default:"0s" min:"0s" max:"876000h" help:"How long events are kept, for instance 730d; they are dropped within a day after. 0s means for ever."`
}

// Webhooks limits where webhooks may be.
type Webhooks struct {
	AllowPrivate Networks `name:"allow_private" default:"" help:"Addresses that webhooks may be at although they are private, and without encryption. Empty means public addresses with https alone."`
}

// API is what every API has.
type API struct {
	Enabled bool   `name:"enabled" default:"true" help:"Whether this API answers. Off means 404 everywhere."`
	Hosts   Hosts  `name:"hosts" default:"" help:"Host names at which only this API answers."`
	Listen  string `name:"listen" default:"" check:"address" help:"Own address and port at which only this API answers."`
}

// Native is Roster's own API.
type Native struct {
	API
	PerMinute     int      `name:"requests_per_minute" default:"12000" min:"0" max:"100000000" help:"Requests that one person may make in a minute, on each node; further ones are answered 429. 0 means any number. Forward authentication is not counted."`
	ImportMaxBody Size     `name:"import_max_body" default:"4GiB" min:"1KiB" max:"1024GiB" help:"Largest file of people that is taken; max_body and request_timeout do not hold for imports and exports."`
	ImportIdle    Duration `name:"import_idle" default:"1m" min:"1s" max:"1h" help:"How long an import or export may stand still before it is cut off."`
}

// GitLab is the GitLab API, v3 and v4.
type GitLab struct {
	API
	UsersSee string `name:"users_see" default:"full" oneof:"full,basic" help:"How much of others a person who is no administrator sees: full as in GitLab 6, or basic as in later ones."`
}

// Wekan is the classic Wekan API.
type Wekan struct {
	API
	RealStatuses     bool `name:"real_statuses" default:"false" help:"Answer errors with their own HTTP status. Off means 200 with the status in the body, as Wekan does."`
	TellUnknown      bool `name:"tell_unknown" default:"false" help:"Tell an unknown name, a wrong password and no password apart at login, as Wekan does up to v10. Off gives the one answer of later versions, which does not reveal who has an account."`
	FirstUserIsAdmin bool `name:"first_user_is_admin" default:"false" help:"Whether the first person who registers becomes administrator, as in Wekan."`
}

// Codebase is the Codebase API.
type Codebase struct {
	API
}

// PM415 is the pm415 API.
type PM415 struct {
	API
	TellUnknown      bool `name:"tell_unknown" default:"false" help:"Answer 404 for an unknown address at login and recovery, and 409 for a taken one at registration, as pm415 does. Off gives the same answer for every address, which does not reveal who has an account; the answer to a registration then has no userId."`
	OwnPasswordRules bool `name:"own_password_rules" default:"false" help:"Whether this API has pm415's own rules of passwords: 4 characters are enough, common ones are taken, and PUT /user changes address and password without the present password. Off asks for currentPassword there, or for a login within security.reauthenticate_within."`
}

// Console is the pages for people.
type Console struct {
	Enabled bool `name:"enabled" default:"true" help:"Whether the pages for people are served."`
}

// Level is LogLevel as slog knows it.
func (c Config) Level() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return slog.LevelInfo // the zero Config has no level
	}
	return level
}
