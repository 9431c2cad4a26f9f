package importer

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/unitext"
)

// batchResult is the result of one batch of an import.
type batchResult struct {
	created  []model.NewUserRecord
	refused  []Refusal
	replaced []model.UserID // invited users that new users replace: see replacedUsers
	claims   []claim        // addresses that their users lose to new ones
}

// claim is an address that a user only claims: see [Rules.YieldsEmail].
type claim struct {
	user    model.UserID
	address string
}

// takenValues holds the unique values of earlier lines that the store does not hold yet, as hashes. Two
// of them agree by chance once in many million imports.
type takenValues struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

func newTakenValues() *takenValues {
	return &takenValues{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}}
}

// uniqueValue is a value that only one user can have.
type uniqueValue struct{ field, value string }

func (n *takenValues) has(u uniqueValue) bool {
	_, found := n.hashes[maphash.Comparable(n.seed, u)]
	return found
}

func (n *takenValues) add(u uniqueValue) { n.hashes[maphash.Comparable(n.seed, u)] = struct{}{} }

// validateBatch validates the lines of a batch in their order: the names of a rejected line stay free.
func (m *Importer) validateBatch(tx model.Reader, batch []candidate, taken *takenValues) (batchResult, error) {
	j := batchValidation{importer: m, tx: tx, taken: taken, organizations: map[string]*organizationRoles{}}
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

// batchValidation is what the store holds about one batch.
type batchValidation struct {
	importer *Importer
	reserved map[string]bool // folded usernames that were in use before

	tx            model.Reader
	taken         *takenValues
	held          map[uniqueValue]model.UserID
	looks         map[string]model.UserID     // by look keys of usernames
	holders       map[model.UserID]model.User // of held addresses
	invited       map[string][]model.Member   // memberships of invited users, by address
	organizations map[string]*organizationRoles
	slugs         []string // of the first organizations, for faults; nil until they are read
}

// organizationRoles is an organization with its roles, by folded name; empty for one that does not exist.
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

// claimedAddresses lists the addresses of a line that other users only claim, and lose to it.
func (j *batchValidation) claimedAddresses(c *candidate) []claim {
	var all []claim
	for _, address := range c.uniques.Addresses {
		holder, held := j.holders[j.held[uniqueValue{"email", address}]]
		if !held {
			continue
		}
		if e, found := holder.EmailAt(address); found && j.importer.rules.YieldsEmail(holder, e) {
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
	if !j.importer.options.ReservesNames {
		return nil
	}
	found, err := j.tx.ReservedAmong(model.UsernameKind, usernames)
	for _, n := range found {
		j.reserved[n.Name] = n.Until.After(j.importer.ops.Now())
	}
	return err
}

// identifiesAnother reports whether the username is reserved, looks like one that is, or is the uid of a
// user.
func (j *batchValidation) identifiesAnother(username string) (bool, error) {
	if slices.ContainsFunc(naming.SameNames(username), func(name string) bool { return j.reserved[name] }) {
		return true, nil
	}
	if !naming.LooksLikeUID(username) {
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

// replacedUsers lists the invited users with the primary address of a line in the organizations that the
// line joins.
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

// uniqueValues lists the unique values of a line.
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

// identityValue joins the two parts by a character that neither can contain.
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

// validateLine adds the faults that need the store, and returns the memberships.
func (j *batchValidation) validateLine(c *candidate, found *fault.List) ([]model.Member, error) {
	if len(*found) > 0 {
		return nil, nil // a rejected line joins no organization
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
	wanted := c.entry.Memberships
	if len(wanted) == 0 {
		wanted = []EntryMembership{{}}
	}
	members := make([]model.Member, 0, len(wanted))
	for _, m := range wanted {
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
			members = append(members, model.Member{Org: at.org.ID, Role: j.importer.rules.InitialRole(c.user, at.org, role), Since: c.user.CreatedAt})
		}
	}
	return members, nil
}

// find returns the role with the name; "" is the default of the organization.
func (p *organizationRoles) find(name string) (model.RoleID, bool) {
	if name == "" {
		return p.org.Default, true
	}
	id, known := p.roles[unitext.Fold(name)]
	return id, known
}

// maxListed is the maximum number of names in the detail of a fault.
const maxListed = 20

// list names the roles for the detail of a fault.
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

// knownOrganizations names the slugs for the detail of a fault.
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

// organization returns the organization with this slug, without regard to case and to blanks around it.
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
