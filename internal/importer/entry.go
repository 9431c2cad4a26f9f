package importer

import (
	"cmp"
	"errors"
	"slices"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// Entry is a user as imports read it and exports write it.
type Entry struct {
	Username string
	model.Names
	Emails []EntryEmail // the primary address first
	State  model.State  // Active or Blocked; "" is Active, or Blocked if Deactivated is set
	Admin  bool
	// Service and Deactivated are those of [model.User].
	Service     bool
	Deactivated bool
	model.Profile
	model.Limits
	Identities  []model.Identity  // without User
	Memberships []EntryMembership // empty joins the home organization
	Keys        []model.NewKey
	// PasswordHash is a hash that package secret can verify. Passwords are not exported.
	PasswordHash secret.Text
}

// EntryEmail is an address of an [Entry].
type EntryEmail struct {
	Address  string
	Verified bool
	Claimed  bool // see [model.Email.Claimed]
}

// EntryMembership is an organization of an [Entry] with the role held there.
type EntryMembership struct {
	Organization string // its slug; "" is the home organization
	Role         string // its name; "" is the organization's default
}

// completedNames fills in the full name or the parts of the name, if missing.
func completedNames(n model.Names) model.Names {
	if n.Name == "" {
		return n.WithParts(n.GivenName, n.FamilyName)
	}
	return n.WithName(n.Name)
}

// candidate is a line of an import that may become a user.
type candidate struct {
	line    int64
	excerpt string // see [Refusal]
	entry   Entry
	user    model.User
	keys    []model.SSHKey
	uniques model.Uniques
	faults  fault.List
	digest  []byte // of all lines up to this one
}

// label returns the username, else the first address.
func (e Entry) label() string {
	if e.Username == "" && len(e.Emails) > 0 {
		return e.Emails[0].Address
	}
	return e.Username
}

// checkLine checks a line without the store.
func (m *Importer) checkLine(actor model.Actor, l Line) candidate {
	c := candidate{line: l.Number, excerpt: l.Excerpt, entry: l.Entry}
	c.entry.trim()
	if c.excerpt == "" {
		c.excerpt = l.Entry.label()
	}
	if l.Err != nil {
		c.faults = faultsIn("line", l.Err)
		return c
	}
	m.checkEntry(actor, &c)
	if len(c.faults) > 0 {
		return c
	}
	c.user = m.rules.NewUser(completedNames(c.entry.Names), model.Active)
	c.user.Username, c.user.Admin, c.user.Profile, c.user.Limits = c.entry.Username, c.entry.Admin, c.entry.Profile, c.entry.Limits
	c.user.Service, c.user.Deactivated, c.user.State = c.entry.Service, c.entry.Deactivated, c.entry.state()
	for i, e := range c.entry.Emails {
		c.user.Emails = append(c.user.Emails, model.Email{Address: e.Address, Verified: e.Verified, Claimed: e.Claimed && !e.Verified, Primary: i == 0, CreatedAt: c.user.CreatedAt})
	}
	c.user.Identities = c.entry.Identities
	c.user.HasPassword = c.entry.PasswordHash != ""
	return c
}

// trim does not modify the caller's addresses.
func (e *Entry) trim() {
	unitext.TrimAll(&e.Username)
	e.Emails = slices.Clone(e.Emails)
	for i := range e.Emails {
		unitext.TrimAll(&e.Emails[i].Address)
	}
}

func (e Entry) state() model.State {
	switch {
	case e.State != "":
		return e.State
	case e.Deactivated:
		return model.Blocked
	}
	return model.Active
}

// faultsIn returns the faults of err, or one fault of field if it has none. The text of errors
// of other types is left out: it may contain the input.
func faultsIn(field string, err error) fault.List {
	detail := "it cannot be read"
	if e, ok := errors.AsType[*fault.Error](err); ok {
		if len(e.Fields) > 0 {
			return e.Fields
		}
		detail = cmp.Or(e.Msg, detail)
	}
	return fault.List{{Name: field, Code: fault.Malformed, Detail: detail}}
}

func (m *Importer) checkEntry(actor model.Actor, c *candidate) {
	e := c.entry
	c.faults = m.rules.CheckNewUser(actor, e)
	if e.Admin {
		c.faults = append(c.faults, adminFault(actor)...)
	}
	switch state := e.state(); {
	case state != model.Active && state != model.Blocked:
		c.faults = append(c.faults, fault.Field{Name: "state", Code: fault.Unknown, Detail: "write active or blocked"})
	case state == model.Active && e.Deactivated:
		c.faults.Add("deactivated", fault.Mismatch, 0)
	}
	if e.Service && e.PasswordHash != "" {
		c.faults.Add("password_hash", fault.Closed, 0)
	}
	if hash := e.PasswordHash.Reveal(); hash != "" && (!unitext.IsPrintable(hash) || secret.CheckEncoded(hash) != nil) {
		c.faults.AddMalformed("password_hash", "it is not a hash that can be verified: write one of argon2id, bcrypt or another kind that docs/import.md names")
	}
	if e.Username != "" {
		c.uniques.Usernames, c.uniques.Looks = naming.SameNames(e.Username), []string{confusables.LookKey(e.Username)}
	}
	c.checkEmails(m.options.MaxEmails)
	c.checkIdentities()
	c.checkMemberships()
	m.checkKeys(c)
}

// adminFault returns the fault of a line that makes an administrator, if the credential of
// the actor cannot.
func adminFault(actor model.Actor) fault.List {
	switch {
	case operation.RequireFullScope(actor) != nil:
		return fault.List{{Name: "admin", Code: fault.SmallScope, Detail: "only a credential of full scope makes administrators: a token with the scopes api and sudo, a session or the API key"}}
	case operation.RequireLasting(actor) != nil:
		return fault.List{{Name: "admin", Code: fault.TooLate, Detail: "a credential that expires makes no administrator"}}
	}
	return nil
}

// appendUnique appends value, or adds a fault if held contains it.
func appendUnique[T comparable](f *fault.List, field string, held []T, value T) []T {
	if slices.Contains(held, value) {
		f.Add(field, fault.Taken, 0)
		return held
	}
	return append(held, value)
}

// checkEmails checks the further addresses; the first was checked with the user.
func (c *candidate) checkEmails(limit int) {
	if len(c.entry.Emails) > limit {
		c.faults.Add("email", fault.TooMany, limit)
		return
	}
	for i, e := range c.entry.Emails {
		if i > 0 {
			emailaddress.Check(&c.faults, e.Address)
		}
		c.uniques.Addresses = appendUnique(&c.faults, "email", c.uniques.Addresses, emailaddress.Key(e.Address))
	}
}

func (c *candidate) checkIdentities() {
	var providers []string
	for _, id := range c.entry.Identities {
		unitext.CheckRequired(&c.faults, "provider", id.Provider, model.MaxLine)
		unitext.CheckRequired(&c.faults, "extern_uid", id.ExternalUID, model.MaxLine)
		providers = appendUnique(&c.faults, "provider", providers, id.Provider)
		c.uniques.Identities = append(c.uniques.Identities, model.Identity{Provider: id.Provider, ExternalUID: id.ExternalUID})
	}
}

// maxMemberships is the maximum number of memberships of one line.
const maxMemberships = 100

func (c *candidate) checkMemberships() {
	if len(c.entry.Memberships) > maxMemberships {
		c.faults.Add("organization", fault.TooMany, maxMemberships)
	}
}

func (m *Importer) checkKeys(c *candidate) {
	if len(c.entry.Keys) > m.options.MaxKeys {
		c.faults.Add("key", fault.TooMany, m.options.MaxKeys)
		return
	}
	for _, n := range c.entry.Keys {
		key, err := m.rules.ParseKey(n)
		if err != nil {
			c.faults = append(c.faults, faultsIn("key", err)...)
			continue
		}
		c.uniques.Fingerprints = appendUnique(&c.faults, "key", c.uniques.Fingerprints, key.Fingerprint)
		c.keys = append(c.keys, key)
	}
}
