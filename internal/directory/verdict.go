package directory

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// verdict is what becomes of a batch of an import.
type batchResult struct {
	created  []model.NewUserRecord
	refused  []Refusal
	replaced []model.UserID // waiting users of organizations that a new user joins: see supplant
	claims   []claim        // addresses that their users lose to new ones
}

// claim is an address that a user only claims: see [model.User.claims].
type claim struct {
	user    model.UserID
	address string
}

// names are what lines of an import have taken that the store does not hold yet:
// hashes, of which two agree by chance once in many million imports.
type takenValues struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

func newTakenValues() *takenValues {
	return &takenValues{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}}
}

// A unique is one of the things that only one person can have.
type uniqueValue struct{ field, value string }

func (n *takenValues) has(u uniqueValue) bool {
	_, found := n.hashes[maphash.Comparable(n.seed, u)]
	return found
}

func (n *takenValues) add(u uniqueValue) { n.hashes[maphash.Comparable(n.seed, u)] = struct{}{} }

// judge decides on each line of a batch, in their order: a name that a refused
// line asks for stays free.
func (d *Directory) validateBatch(tx model.Reader, batch []candidate, taken *takenValues) (batchResult, error) {
	j := batchValidation{directory: d, tx: tx, taken: taken, organizations: map[string]*organizationRoles{}}
	if err := j.prepare(batch); err != nil {
		return batchResult{}, err
	}
	var v batchResult
	for i := range batch {
		c := &batch[i]
		found := slices.Clone(c.faults)
		members, err := j.validateLine(c, &found)
		if err != nil {
			return batchResult{}, err
		}
		if len(found) > 0 {
			v.refused = append(v.refused, Refusal{Line: c.line, Excerpt: c.excerpt, Faults: found})
			continue
		}
		v.replaced = append(v.replaced, j.replacedUsers(c, members)...)
		v.claims = append(v.claims, j.claimedAddresses(c)...)
		for u := range c.uniqueValues() {
			j.taken.add(u)
		}
		v.created = append(v.created, c.newUserRecord(members))
	}
	return v, nil
}

// newUserRecord returns a new record each time: the store sets ids, and the transaction may run again.
func (c *candidate) newUserRecord(members []model.Member) model.NewUserRecord {
	u := c.user
	u.Emails, u.Identities = slices.Clone(u.Emails), slices.Clone(u.Identities)
	return model.NewUserRecord{User: &u, PasswordHash: c.entry.PasswordHash.Reveal(), Members: members, Keys: slices.Clone(c.keys)}
}

// judgement is what the store knows of one batch.
type batchValidation struct {
	directory *Directory
	reserved  map[string]bool // folded usernames that were in use before

	tx            model.Reader
	taken         *takenValues
	held          map[uniqueValue]model.UserID
	looks         map[string]model.UserID     // by look keys of usernames
	holders       map[model.UserID]model.User // of held addresses
	invited       map[string][]model.Member   // of the users who wait at an address, by that
	organizations map[string]*organizationRoles
	slugs         []string // of the first organizations, for faults; nil until they are read
}

// place is an organization with its roles, by folded name; empty for one that is
// not there.
type organizationRoles struct {
	org   model.Organization
	roles map[string]model.RoleID
	names []string // of the roles
}

func (j *batchValidation) prepare(batch []candidate) error {
	var wanted model.Uniques
	for _, c := range batch {
		if len(c.faults) > 0 {
			continue
		}
		wanted.Usernames = append(wanted.Usernames, c.uniques.Usernames...)
		wanted.Looks = append(wanted.Looks, c.uniques.Looks...)
		wanted.Addresses = append(wanted.Addresses, c.uniques.Addresses...)
		wanted.Fingerprints = append(wanted.Fingerprints, c.uniques.Fingerprints...)
		wanted.Identities = append(wanted.Identities, c.uniques.Identities...)
	}
	holders, err := j.tx.Holders(wanted)
	if err != nil {
		return err
	}
	j.held, j.looks = holderIDs(holders), holders.Looks
	if err := j.findHolders(holders.Addresses); err != nil {
		return err
	}
	if err := j.findReserved(wanted.Usernames); err != nil {
		return err
	}
	return j.findInvited(wanted.Addresses)
}

// findHolders reads the users that have addresses of the lines.
func (j *batchValidation) findHolders(addresses map[string]model.UserID) error {
	ids := slices.Sorted(maps.Values(addresses))
	users, err := j.tx.UsersByID(slices.Compact(ids))
	j.holders = make(map[model.UserID]model.User, len(users))
	for _, u := range users {
		j.holders[u.ID] = u
	}
	return err
}

// claimsTo lists the addresses of a line that other users only claim, and lose to it.
func (j *batchValidation) claimedAddresses(c *candidate) []claim {
	var all []claim
	for _, address := range c.uniques.Addresses {
		holder, held := j.holders[j.held[uniqueValue{"email", address}]]
		if !held {
			continue
		}
		if e, found := holder.EmailAt(address); found && yieldsEmail(holder, e) {
			all = append(all, claim{holder.ID, e.Address})
		}
	}
	return all
}

// yields reports whether the line takes u, which the user with the id holder has: an address
// that the holder only claims, or the username of a pending registration at such an address.
func (j *batchValidation) yields(c *candidate, u uniqueValue, holder model.UserID) bool {
	return slices.ContainsFunc(j.claimedAddresses(c), func(lost claim) bool {
		if lost.user != holder {
			return false
		}
		return u.field == "email" && emailaddress.Same(lost.address, u.value) ||
			u.field == "username" && j.holders[holder].IsPendingRegistration()
	})
}

func (j *batchValidation) findReserved(usernames []string) error {
	j.reserved = map[string]bool{}
	if j.directory.options.ReserveNames <= 0 {
		return nil
	}
	found, err := j.tx.ReservedAmong(model.UsernameKind, usernames)
	for _, n := range found {
		j.reserved[n.Name] = n.Until.After(j.directory.ops.Now())
	}
	return err
}

// namesAnother reports whether the username is reserved, looks like one that is, or is the uid of a
// user.
func (j *batchValidation) identifiesAnother(username string) (bool, error) {
	if slices.ContainsFunc(sameNames(username), func(name string) bool { return j.reserved[name] }) {
		return true, nil
	}
	if !looksLikeUID(username) {
		return false, nil
	}
	_, err := j.tx.UserByUID(username)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}

func (j *batchValidation) findInvited(addresses []string) error {
	j.invited = map[string][]model.Member{}
	at, err := j.tx.InvitedUsersAt(addresses)
	if err != nil || len(at) == 0 {
		return err
	}
	address := map[model.UserID]string{}
	for key, ids := range at {
		for _, id := range ids {
			address[id] = key
		}
	}
	members, err := j.tx.MembersOf(slices.Sorted(maps.Keys(address)))
	for _, m := range members {
		j.invited[address[m.User]] = append(j.invited[address[m.User]], m)
	}
	return err
}

// supplanted lists the users who wait at the primary address of a line for an invitation
// of an organization that the line joins.
func (j *batchValidation) replacedUsers(c *candidate, joined []model.Member) []model.UserID {
	if len(c.uniques.Addresses) == 0 {
		return nil
	}
	var ids []model.UserID
	for _, m := range j.invited[c.uniques.Addresses[0]] {
		if !slices.Contains(ids, m.User) && slices.ContainsFunc(joined, func(other model.Member) bool { return other.Org == m.Org }) {
			ids = append(ids, m.User)
		}
	}
	return ids
}

// all lists what a line asks for that only one person can have.
func (c *candidate) uniqueValues() func(yield func(uniqueValue) bool) {
	return func(yield func(uniqueValue) bool) {
		for field, values := range map[string][]string{
			"username": c.uniques.Usernames, "email": c.uniques.Addresses, "key": c.uniques.Fingerprints,
		} {
			for _, value := range values {
				if !yield(uniqueValue{field, value}) {
					return
				}
			}
		}
		for _, id := range c.uniques.Identities {
			if !yield(identityValue(id)) {
				return
			}
		}
	}
}

// identityUnique joins the two by a character that neither can hold.
func identityValue(id model.Identity) uniqueValue {
	return uniqueValue{"extern_uid", id.Provider + "\n" + id.ExternalUID}
}

func holderIDs(h model.Holders) map[uniqueValue]model.UserID {
	all := map[uniqueValue]model.UserID{}
	for field, held := range map[string]map[string]model.UserID{"username": h.Usernames, "email": h.Addresses, "key": h.Fingerprints} {
		for value, id := range held {
			all[uniqueValue{field, value}] = id
		}
	}
	for id, user := range h.Identities {
		all[identityValue(id)] = user
	}
	return all
}

// consider adds what the store finds wrong with a line, and returns the memberships.
func (j *batchValidation) validateLine(c *candidate, found *fault.List) ([]model.Member, error) {
	if len(*found) > 0 {
		return nil, nil // a refused line needs no place
	}
	var fields []string
	if another, err := j.identifiesAnother(c.entry.Username); err != nil {
		return nil, err
	} else if another {
		fields = append(fields, "username")
	}
	alike := false
	for _, look := range c.uniques.Looks {
		if holder, held := j.looks[look]; held && !j.yields(c, uniqueValue{"username", look}, holder) {
			alike = true
		}
	}
	for u := range c.uniqueValues() {
		holder, held := j.held[u]
		if (held && !j.yields(c, u, holder) || j.taken.has(u)) && !slices.Contains(fields, u.field) {
			fields = append(fields, u.field)
		}
	}
	if alike && !slices.Contains(fields, "username") {
		found.AddDetail("username", fault.Taken, "it looks like the username of another user")
	}
	slices.Sort(fields)
	for _, field := range slices.Compact(fields) {
		found.Add(field, fault.Taken, 0)
	}
	return j.memberships(c, found)
}

func (j *batchValidation) memberships(c *candidate, found *fault.List) ([]model.Member, error) {
	asked := c.entry.Memberships
	if len(asked) == 0 {
		asked = []EntryMembership{{}}
	}
	members := make([]model.Member, 0, len(asked))
	for _, m := range asked {
		at, err := j.organization(m.Organization)
		if err != nil {
			return nil, err
		}
		role, known := at.find(m.Role)
		switch {
		case at.org.ID == 0:
			known, err := j.knownOrganizations()
			if err != nil {
				return nil, err
			}
			found.AddDetail("organization", fault.Unknown, known)
		case !known:
			*found = append(*found, fault.Field{Name: "role", Code: fault.Unknown, Detail: at.list()})
		case slices.ContainsFunc(members, func(other model.Member) bool { return other.Org == at.org.ID }):
			found.Add("organization", fault.Taken, 0)
		default:
			members = append(members, model.Member{Org: at.org.ID, Role: initialRole(c.user, at.org, role), Since: c.user.CreatedAt})
		}
	}
	return members, nil
}

// role is the organization's default for "".
func (p *organizationRoles) find(name string) (model.RoleID, bool) {
	if name == "" {
		return p.org.Default, true
	}
	id, known := p.roles[unitext.Fold(name)]
	return id, known
}

// maxListed is the maximum number of names in the detail of a fault.
const maxListed = 20

// knownRoles lists what could have been written.
func (p *organizationRoles) list() string {
	return "the roles of " + p.org.Slug + " are " + joinListed(p.names)
}

// joinListed joins the first of names.
func joinListed(names []string) string {
	if len(names) > maxListed {
		names = append(slices.Clone(names[:maxListed]), "…")
	}
	return strings.Join(names, ", ")
}

// knownOrganizations lists the short names that could have been written.
func (j *batchValidation) knownOrganizations() (string, error) {
	if j.slugs == nil {
		all, err := j.tx.Organizations(0, maxListed+1)
		if err != nil {
			return "", err
		}
		for _, org := range all {
			j.slugs = append(j.slugs, org.Slug)
		}
	}
	return "the organizations are " + joinListed(j.slugs), nil
}

// place returns the organization with this slug, without regard to case and to blanks around it.
func (j *batchValidation) organization(slug string) (*organizationRoles, error) {
	unitext.TrimAll(&slug)
	slug = strings.ToLower(slug)
	if known, ok := j.organizations[slug]; ok {
		return known, nil
	}
	p, err := findOrganizationRoles(j.tx, slug)
	j.organizations[slug] = p
	return p, err
}

func findOrganizationRoles(tx model.Reader, slug string) (*organizationRoles, error) {
	p := &organizationRoles{roles: map[string]model.RoleID{}}
	var err error
	if slug == "" {
		p.org, err = tx.HomeOrganization()
	} else {
		p.org, err = tx.OrganizationBySlug(slug)
	}
	if fault.KindOf(err) == fault.NotFound {
		return &organizationRoles{}, nil
	}
	if err != nil {
		return p, err
	}
	roles, err := tx.Roles(p.org.ID)
	for _, role := range roles {
		p.roles[unitext.Fold(role.Name)] = role.ID
		p.names = append(p.names, role.Name)
	}
	return p, err
}
