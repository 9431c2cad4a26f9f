package directory

import (
	"context"

	"roster.example/roster/internal/secret"
)

// Own is what people are shown of themselves: their record and the [Parts] that were
// asked for.
type Own struct {
	User          User
	APIKey        secret.Text  // empty when there is none, or the caller is shown none: see [Directory.APIKeys]
	Organizations []Membership // as [Directory.MyOrganizations] lists them
	Projects      []Project    // in the organization that the credential selects, as [Directory.Assignments] lists them
}

// Parts are what an API shows of people beside their record. Clients ask who they
// are all the time, so one deed gathers all of it.
type Parts struct {
	APIKey, Organizations, Projects bool
}

// Own is the caller's own record with parts of it. With an error it is empty.
func (d *Directory) Own(ctx context.Context, who Actor, parts Parts) (*Own, error) {
	g := &gathering{directory: d, who: who, parts: parts}
	if err := d.store.Glance(ctx, g.read); err != nil {
		return &Own{}, err
	}
	return &g.own, nil
}

// gathering is one value for the reason that judged is.
type gathering struct {
	directory *Directory
	who       Actor
	parts     Parts
	own       Own
}

func (g *gathering) read(tx Reader) (err error) {
	own := &g.own
	if own.User, err = allow(tx, g.who, SelfRead, 0); err != nil {
		return err
	}
	if g.parts.Organizations {
		if own.Organizations, err = tx.Memberships(own.User.ID); err != nil {
			return err
		}
	}
	if g.parts.Projects {
		if own.Projects, err = ownProjects(tx, g.who, own.User); err != nil {
			return err
		}
	}
	if g.parts.APIKey {
		own.APIKey, err = g.key(tx)
	}
	return err
}

// key is the API key as far as the credential shows it.
func (g *gathering) key(tx Reader) (secret.Text, error) {
	d, me := g.directory, g.own.User
	if !d.showsKeys(g.who) || !d.showsKeyOf(me.ID, g.who, me) {
		return "", nil
	}
	if stale, err := d.stale(tx, g.who, me); err != nil || stale {
		return "", err
	}
	return d.apiKey(tx, me.ID)
}

// ownProjects are those of me in the organization that the credential selects.
func ownProjects(tx Reader, who Actor, me User) ([]Project, error) {
	visible, err := visibleProjects(tx, who, me, who.org)
	if err != nil || len(visible) == 0 {
		return nil, err
	}
	all, err := tx.Assignments(who.org, []UserID{me.ID})
	return among(projectIDs(visible), all[me.ID]), err
}
