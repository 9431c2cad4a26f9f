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
func (d *Directory) Own(ctx context.Context, actor Actor, parts Parts) (*Own, error) {
	g := &gathering{directory: d, who: actor, parts: parts}
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
	d, self := g.directory, g.own.User
	if !d.showsKeys(g.who) || !d.showsKeyOf(self.ID, g.who, self) {
		return "", nil
	}
	if stale, err := d.stale(tx, g.who, self); err != nil || stale {
		return "", err
	}
	return d.apiKey(tx, self.ID)
}

// ownProjects are those of me in the organization that the credential selects.
func ownProjects(tx Reader, actor Actor, self User) ([]Project, error) {
	visible, err := visibleProjects(tx, actor, self, actor.org)
	if err != nil || len(visible) == 0 {
		return nil, err
	}
	all, err := tx.Assignments(actor.org, []UserID{self.ID})
	return among(projectIDs(visible), all[self.ID]), err
}
