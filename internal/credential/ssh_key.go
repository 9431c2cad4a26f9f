package credential

import (
	"cmp"
	"context"
	"errors"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/sshkey"
	"roster.example/roster/internal/unitext"
)

// Keys lists the SSH keys of a user that the actor can see. They are public halves, visible
// with the user.
func (c *Credentials) Keys(ctx context.Context, actor model.Actor, owner model.UserID) ([]model.SSHKey, error) {
	var keys []model.SSHKey
	err := c.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if _, err := operation.VisibleUser(tx, actor, self, owner); err != nil {
			return err
		}
		var err error
		keys, err = tx.Keys(owner)
		return err
	})
	return keys, err
}

// ManagedKeys is Keys for the user, administrators, and Admins of an organization of the user.
func (c *Credentials) ManagedKeys(ctx context.Context, actor model.Actor, owner model.UserID) ([]model.SSHKey, error) {
	var keys []model.SSHKey
	err := c.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if err := requireKeyManager(tx, actor, self, owner); err != nil {
			return err
		}
		var err error
		keys, err = tx.Keys(owner)
		return err
	})
	return keys, err
}

func requireKeyManager(tx model.Reader, actor model.Actor, self model.User, owner model.UserID) error {
	if _, err := operation.VisibleUser(tx, actor, self, owner); err != nil || self.ID == owner || self.Admin {
		return err
	}
	memberships, err := tx.Memberships(owner)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if operation.AuthorizeMember(tx, self.ID, model.MembersManage, m.Organization.ID) == nil && actor.Permits(model.MembersManage) {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "only the user and administrators may do this", fault.Field{Name: "actor", Code: fault.NotAdmin})
}

// Key returns one SSH key of a user, found by owner and id.
func (c *Credentials) Key(ctx context.Context, actor model.Actor, owner model.UserID, id model.KeyID) (model.SSHKey, error) {
	var key model.SSHKey
	err := c.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if _, err := operation.VisibleUser(tx, actor, self, owner); err != nil {
			return err
		}
		var err error
		key, err = ownedKey(tx, owner, id)
		return err
	})
	return key, err
}

// KeyByID returns a key of any user. It requires users.manage.
func (c *Credentials) KeyByID(ctx context.Context, actor model.Actor, id model.KeyID) (model.SSHKey, error) {
	var key model.SSHKey
	err := c.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		key, err = tx.Key(id)
		return err
	})
	return key, err
}

// KeyByFingerprint returns the key with a fingerprint ("SHA256:…") if the actor can see its
// owner.
func (c *Credentials) KeyByFingerprint(ctx context.Context, actor model.Actor, fingerprint string) (model.SSHKey, error) {
	var key model.SSHKey
	err := c.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		found, err := tx.KeyByFingerprint(fingerprint)
		if err != nil {
			return err
		}
		if _, err := operation.VisibleUser(tx, actor, self, found.Owner); err != nil {
			return hideKey(err)
		}
		key = found
		return nil
	})
	return key, err
}

// hideKey returns the same error for a key that does not exist and for one whose owner is not
// visible.
func hideKey(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return fault.Missing("key")
	}
	return err
}

func ownedKey(tx model.Reader, owner model.UserID, id model.KeyID) (model.SSHKey, error) {
	key, err := tx.Key(id)
	if err == nil && key.Owner != owner {
		return model.SSHKey{}, fault.Missing("key")
	}
	return key, err
}

// AddKey adds an SSH key to the own user, or to any user by an administrator: with a key one
// can log in as its owner.
func (c *Credentials) AddKey(ctx context.Context, actor model.Actor, owner model.UserID, n model.NewKey) (model.SSHKey, error) {
	key, bad := ParseKey(c, owner, n)
	err := c.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) error {
		if err := requireCanAddKey(tx, actor, self, owner); err != nil {
			return err
		}
		if bad != nil {
			return bad
		}
		if err := c.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		if err := c.addKey(tx, &key); err != nil {
			return err
		}
		if err := c.ops.Record(tx, actor, operation.EventSpec{Verb: model.KeyAdd, Target: "key", ID: int64(key.ID), User: owner}); err != nil {
			return err
		}
		if err := c.notices.OwnerID(tx, actor, owner, model.SSHKeyAdded, key.Title); err != nil {
			return err
		}
		return c.ops.StoreResult(ctx, tx, actor, key)
	})
	return key, err
}

func (c *Credentials) addKey(tx model.Writer, key *model.SSHKey) error {
	if _, err := tx.KeyByFingerprint(key.Fingerprint); fault.KindOf(err) != fault.NotFound {
		return cmp.Or[error](err, fault.TakenField("key"))
	}
	held, err := tx.Keys(key.Owner)
	if err != nil {
		return err
	}
	if len(held) >= c.options.MaxKeys {
		return fault.InvalidField("key", fault.TooMany, c.options.MaxKeys)
	}
	return tx.AddKey(key)
}

// ParseKey checks a new SSH key, and returns it as it is stored.
func ParseKey(c *Credentials, owner model.UserID, n model.NewKey) (model.SSHKey, error) {
	var f fault.List
	parsed, err := sshkey.Parse(n.Key, c.options.KeyLimits)
	title := n.Title
	if title == "" && err == nil && !n.NeedTitle {
		title = parsed.Comment
	}
	if err == nil || title != "" || n.NeedTitle || n.Key == "" { // otherwise the title comes from the key
		checkKeyTitle(&f, title)
	}
	if err != nil {
		f = append(f, keyFault(n.Key, err))
	}
	if n.Usage == "" {
		n.Usage = model.AuthAndSigning
	}
	if n.Usage != model.AuthAndSigning && n.Usage != model.AuthOnly && n.Usage != model.SigningOnly {
		f.AddUnknown("usage_type", fault.OneOf([]model.KeyUsage{model.AuthAndSigning, model.AuthOnly, model.SigningOnly}))
	}
	key := model.SSHKey{
		Owner: owner, Title: title, Public: parsed.Public, Comment: parsed.Comment, Fingerprint: parsed.SHA256,
		Type: parsed.Type, Bits: parsed.Bits, Usage: n.Usage, CreatedAt: c.ops.Now(), ExpiresAt: n.ExpiresAt,
	}
	if len(f) > 0 {
		return key, &fault.Error{Kind: fault.Invalid, Fields: f, Err: err}
	}
	return key, nil
}

// checkKeyTitle also rejects a key in the title, which happens when a key is pasted twice.
func checkKeyTitle(f *fault.List, title string) {
	if sshkey.ContainsKey(title) {
		f.AddMalformed("title", "it contains an SSH key; paste the key once, into the field of the key")
		return
	}
	unitext.CheckRequired(f, "title", title, model.MaxLine)
}

func keyFault(text string, err error) fault.Field {
	switch {
	case text == "":
		return fault.Field{Name: "key", Code: fault.Blank}
	case errors.Is(err, sshkey.ErrTooLong):
		return fault.Field{Name: "key", Code: fault.TooLong, Limit: sshkey.MaxLength}
	case errors.Is(err, sshkey.ErrWeak):
		return weakKey(err)
	}
	return fault.Field{Name: "key", Code: fault.Malformed, Detail: err.Error()}
}

func weakKey(err error) fault.Field {
	weak := fault.Field{Name: "key", Code: fault.Weak, Detail: err.Error()}
	if short, ok := errors.AsType[sshkey.ShortRSAError](err); ok {
		weak.Text = fault.Textf("the key is too weak: make a new one with ssh-keygen -t ed25519 (RSA with {bits} bits, at least {minimum} are needed)",
			"bits", short.Bits, "minimum", short.Minimum)
	}
	return weak
}

// RemoveKey removes a key, found by owner and id.
func (c *Credentials) RemoveKey(ctx context.Context, actor model.Actor, owner model.UserID, id model.KeyID) (model.SSHKey, error) {
	var key model.SSHKey
	err := c.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) (err error) {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		if key, err = ownedKey(tx, owner, id); err != nil {
			return err
		}
		return DropKey(tx, c, actor, key)
	})
	return key, err
}

// DropKey deletes a key and records it.
func DropKey(tx model.Writer, c *Credentials, actor model.Actor, k model.SSHKey) error {
	if err := tx.DropKey(k.Owner, k.ID); err != nil {
		return err
	}
	return c.ops.Record(tx, actor, operation.EventSpec{Verb: model.KeyRemove, Target: "key", ID: int64(k.ID), User: k.Owner})
}

// requireCanAddKey is operation.RequireSelfOrAdmin for a new SSH key. A key for another administrator
// requires a credential of full scope, as a change of that administrator's password does.
func requireCanAddKey(tx model.Reader, actor model.Actor, self model.User, owner model.UserID) error {
	if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil || !actor.IsOperator() && self.ID == owner {
		return err
	}
	u, err := tx.User(owner)
	if err == nil && u.Admin {
		err = operation.RequireFullScope(actor)
	}
	return err
}
