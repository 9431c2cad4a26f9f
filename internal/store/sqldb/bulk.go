package sqldb

import (
	"slices"
	"strconv"
	"time"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
)

// HoldersOf runs one query for both. A user with the username takes precedence over one whose
// username looks like it. id + 0 keeps PostgreSQL from reading the users by id until one matches.
func (r *reader) HoldersOf(self model.UserID, username, address string) (named, addressed model.UserID, err error) {
	plain := plainSpellings(username)
	_, err = one(r, "user", func(from row) (struct{}, error) {
		return struct{}{}, from.Scan(scanOptionalID(&named), scanOptionalID(&addressed))
	}, `SELECT COALESCE((SELECT id FROM users WHERE username_key = $1), (SELECT min(id + 0) FROM users WHERE username_key IN ($3, $4) AND id <> $6),
			(SELECT min(id + 0) FROM users WHERE look_key = $5 AND look_key <> '' AND id <> $6)),
		(SELECT min(user_id) FROM emails WHERE address_key = $2 AND NOT invited)`,
		foldedOrNull(username), emailaddress.Key(address), plain[0], plain[1], confusables.LookKey(username), self)
	return named, addressed, err
}

// Holders runs one query for each kind of value, and one for each provider.
func (r *reader) Holders(u model.Uniques) (h model.Holders, err error) {
	if h.Usernames, err = r.holders(`SELECT username_key, id FROM users WHERE username_key `, u.Usernames); err != nil {
		return h, err
	}
	if h.Looks, err = r.holders(`SELECT look_key, id FROM users WHERE look_key <> '' AND look_key `, u.Looks); err != nil {
		return h, err
	}
	if h.Addresses, err = r.holders(`SELECT address_key, user_id FROM emails WHERE NOT invited AND address_key `, u.Addresses); err != nil {
		return h, err
	}
	if h.Fingerprints, err = r.holders(`SELECT fingerprint, user_id FROM ssh_keys WHERE fingerprint `, u.Fingerprints); err != nil {
		return h, err
	}
	h.Identities = map[model.Identity]model.UserID{}
	byProvider := map[string][]string{}
	for _, id := range u.Identities {
		byProvider[id.Provider] = append(byProvider[id.Provider], id.ExternalUID)
	}
	for provider, uids := range byProvider {
		held, err := r.holders(`SELECT extern_uid, user_id FROM identities WHERE provider = $2 AND extern_uid `, uids, provider)
		if err != nil {
			return h, err
		}
		for uid, user := range held {
			h.Identities[model.Identity{Provider: provider, ExternalUID: uid}] = user
		}
	}
	return h, nil
}

// holders appends the condition that the column is one of values.
func (r *reader) holders(query string, values []string, more ...any) (map[string]model.UserID, error) {
	held := map[string]model.UserID{}
	if len(values) == 0 {
		return held, nil
	}
	err := r.each("user", func(from row) error {
		var value string
		var id model.UserID
		err := from.Scan(&value, &id)
		held[value] = id
		return err
	}, query+r.engine.In("$1"), append([]any{r.engine.Texts(values)}, more...)...)
	return held, err
}

// InvitedUsersAt returns lists, because several invited users can have one address.
func (r *reader) InvitedUsersAt(addresses []string) (map[string][]model.UserID, error) {
	waiting := map[string][]model.UserID{}
	if len(addresses) == 0 {
		return waiting, nil
	}
	err := r.each("user", func(from row) error {
		var address string
		var id model.UserID
		err := from.Scan(&address, &id)
		waiting[address] = append(waiting[address], id)
		return err
	}, `SELECT address_key, user_id FROM emails WHERE invited AND address_key `+r.engine.In("$1")+` ORDER BY user_id`,
		r.engine.Texts(addresses))
	return waiting, err
}

func (r *reader) KeysOf(owners []model.UserID) ([]model.SSHKey, error) {
	return list(r, "key", scanKey, `SELECT `+keyColumns+` FROM ssh_keys k WHERE k.user_id `+r.engine.In("$1")+
		` ORDER BY k.user_id, k.id`, r.engine.List(int64s(owners)))
}

func (r *reader) MembersOf(users []model.UserID) ([]model.Member, error) {
	return list(r, "member", scanMember, `SELECT `+memberColumns+` FROM members m WHERE m.user_id `+r.engine.In("$1")+
		` ORDER BY m.user_id, m.organization_id`, r.engine.List(int64s(users)))
}

func (r *reader) PasswordHashes(users []model.UserID) (map[model.UserID]string, error) {
	hashes := map[model.UserID]string{}
	err := r.each("user", func(from row) error {
		var id model.UserID
		var hash string
		err := from.Scan(&id, &hash)
		hashes[id] = hash
		return err
	}, `SELECT id, password_hash FROM users WHERE password_hash <> '' AND id `+r.engine.In("$1"), r.engine.List(int64s(users)))
	return hashes, err
}

// AddUsers inserts table by table. Users come first, because other rows need their ids.
func (w *writer) AddUsers(people []model.NewUserRecord) error {
	if w.engine.Bulk != "" {
		if err := w.put("user", w.engine.Bulk); err != nil {
			return err
		}
	}
	if err := w.addUsers(people); err != nil {
		return err
	}
	var rows newRows
	for _, p := range people {
		w.touch(p.User.ID)
		rows.add(p)
	}
	if err := insert(w, "email", `INSERT INTO emails (`+newEmailColumns+`) VALUES `,
		rows.emails, emailValues); err != nil {
		return err
	}
	if err := insert(w, "extern_uid", `INSERT INTO identities (user_id, provider, extern_uid) VALUES `,
		rows.identities, identityValues); err != nil {
		return err
	}
	if err := insert(w, "member", `INSERT INTO members (organization_id, user_id, role_id, since) VALUES `,
		rows.members, memberValues); err != nil {
		return err
	}
	return insert(w, "key", `INSERT INTO ssh_keys
		(user_id, title, public, comment, fingerprint, type, bits, key_usage, created_at, expires_at, last_used_at) VALUES `,
		rows.keys, keyValues)
}

// newRows holds the rows of new users by table.
type newRows struct {
	emails     []model.Email
	identities []model.Identity
	members    []model.Member
	keys       []model.SSHKey
}

// add adds the rows of one user, and sets the user id in each.
func (n *newRows) add(p model.NewUserRecord) {
	id := p.User.ID
	for i := range p.User.Emails {
		p.User.Emails[i].User = id
	}
	for i := range p.User.Identities {
		p.User.Identities[i].User = id
	}
	for i := range p.Members {
		p.Members[i].User = id
	}
	for i := range p.Keys {
		p.Keys[i].Owner = id
	}
	n.emails = append(n.emails, p.User.Emails...)
	n.identities = append(n.identities, p.User.Identities...)
	n.members = append(n.members, p.Members...)
	n.keys = append(n.keys, p.Keys...)
}

func (w *writer) addUsers(people []model.NewUserRecord) error {
	if w.engine.LastID {
		return w.addUserByUser(people)
	}
	ids := make(map[string]model.UserID, len(people))
	for few := range slices.Chunk(people, max(w.engine.Rows, 1)) {
		var args []any
		for _, p := range few {
			args = append(args, newUserValues(p)...)
		}
		err := w.each("user", func(from row) error {
			var id model.UserID
			var uid string
			err := from.Scan(&id, &uid)
			ids[uid] = id
			return err
		}, insertNewUsers+placeholders(len(few), len(args)/len(few))+` RETURNING id, uid`, args...)
		if err != nil {
			return err
		}
	}
	for _, p := range people {
		p.User.ID = ids[p.User.UID]
	}
	return nil
}

func (w *writer) addUserByUser(people []model.NewUserRecord) error {
	query := ""
	for _, p := range people {
		args := newUserValues(p)
		if query == "" {
			query = insertNewUsers + placeholders(1, len(args))
		}
		if err := add(w, "user", &p.User.ID, query, args...); err != nil {
			return err
		}
	}
	return nil
}

const insertNewUsers = `INSERT INTO users (` + newUserColumns + `, password_hash, password_version) VALUES `

func newUserValues(p model.NewUserRecord) []any {
	return append(userValues(*p.User), p.PasswordHash, passwordVersion(p.PasswordHash))
}

// passwordVersion counts a first password, as PutPassword does.
func passwordVersion(hash string) int64 {
	if hash == "" {
		return 0
	}
	return 1
}

// insert inserts rows, Engine.Rows of them with each statement.
func insert[T any](w *writer, what, into string, rows []T, values func(T) []any) error {
	var query string
	size := 0
	for few := range slices.Chunk(rows, max(w.engine.Rows, 1)) {
		var args []any
		for _, row := range few {
			args = append(args, values(row)...)
		}
		if len(few) != size {
			size = len(few)
			query = into + placeholders(size, len(args)/size)
		}
		if err := w.put(what, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// placeholders returns "($1, $2), ($3, $4)" for two rows of two columns.
func placeholders(rows, columns int) string {
	b := make([]byte, 0, rows*(columns*7+4))
	for i := range rows * columns {
		switch {
		case i == 0:
			b = append(b, '(')
		case i%columns == 0:
			b = append(b, "), ("...)
		default:
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(append(b, '$'), int64(i+1), 10)
	}
	return string(append(b, ')'))
}

const importColumns = `name, line, digest, accepted, refused, at`

func (r *reader) ImportRecord(name string) (model.ImportRecord, error) {
	return one(r, "import", func(from row) (i model.ImportRecord, err error) {
		err = from.Scan(&i.Name, &i.Line, &i.Digest, &i.Accepted, &i.Refused, scanTime(&i.At))
		return i, err
	}, `SELECT `+importColumns+` FROM imports WHERE name = $1`, name)
}

func (w *writer) PutImport(i model.ImportRecord) error {
	return w.put("import", `INSERT INTO imports (`+importColumns+`) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (name) DO UPDATE SET line = excluded.line, digest = excluded.digest,
		accepted = excluded.accepted, refused = excluded.refused, at = excluded.at`,
		i.Name, i.Line, nonNil(i.Digest), i.Accepted, i.Refused, toMicros(i.At))
}

func (w *writer) DropImports(before time.Time) error {
	return w.drop("import", `DELETE FROM imports WHERE at < $1`, toMicros(before))
}
