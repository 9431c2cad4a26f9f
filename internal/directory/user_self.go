package directory

import (
	"context"

	"roster.example/roster/internal/secret"
)

// Own is what people are shown of themselves: their record and the [Parts] that were
// asked for.
type Self struct {
	User          User
	APIKey        secret.Text  // empty when there is none, or the caller is shown none: see [Directory.APIKeys]
	Organizations []Membership // as [Directory.MyOrganizations] lists them
	Projects      []Project    // in the organization that the credential selects, as [Directory.Assignments] lists them
}

// Parts are what an API shows of people beside their record. Clients ask who they
// are all the time, so one deed gathers all of it.
type SelfFields struct {
	APIKey, Organizations, Projects bool
}

// Own is the caller's own record with parts of it. With an error it is empty.
func (d *Directory) Self(ctx context.Context, actor Actor, parts SelfFields) (*Self, error) {
	g := &selfQuery{directory: d, actor: actor, fields: parts}
	if err := d.store.ReadCached(ctx, g.read); err != nil {
		return &Self{}, err
	}
	return &g.result, nil
}

// gathering is one value for the reason that judged is.
type selfQuery struct {
	directory *Directory
	actor     Actor
	fields    SelfFields
	result    Self
}

func (g *selfQuery) read(tx Reader) (err error) {
	own := &g.result
	if own.User, err = authorize(tx, g.actor, SelfRead, 0); err != nil {
		return err
	}
	if g.fields.Organizations {
		if own.Organizations, err = tx.Memberships(own.User.ID); err != nil {
			return err
		}
	}
	if g.fields.Projects {
		if own.Projects, err = selfProjects(tx, g.actor, own.User); err != nil {
			return err
		}
	}
	if g.fields.APIKey {
		own.APIKey, err = g.apiKey(tx)
	}
	return err
}

// key is the API key as far as the credential shows it.
func (g *selfQuery) apiKey(tx Reader) (secret.Text, error) {
	d, self := g.directory, g.result.User
	if !d.canShowAPIKeys(g.actor) || !d.canShowAPIKeyOf(self.ID, g.actor, self) {
		return "", nil
	}
	if stale, err := d.needsReauthentication(tx, g.actor, self); err != nil || stale {
		return "", err
	}
	return d.apiKey(tx, self.ID)
}

// ownProjects are those of me in the organization that the credential selects.
func selfProjects(tx Reader, actor Actor, self User) ([]Project, error) {
	visible, err := visibleProjects(tx, actor, self, actor.org)
	if err != nil || len(visible) == 0 {
		return nil, err
	}
	all, err := tx.Assignments(actor.org, []UserID{self.ID})
	return filterProjects(projectIDs(visible), all[self.ID]), err
}
