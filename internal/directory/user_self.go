package directory

import (
	"context"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/secret"
)

// Self is the user of the actor, with the requested [SelfFields].
type Self struct {
	User          model.User
	APIKey        secret.Text        // empty if there is none, or the actor cannot read it: see [Directory.APIKeys]
	Organizations []model.Membership // as from [Directory.MyOrganizations]
	Projects      []model.Project    // in the organization that the credential selects, as from [Directory.Assignments]
}

// SelfFields are the parts of [Self] to read beside the user. Clients ask for their own user
// very often, so one operation reads all of it.
type SelfFields struct {
	APIKey, Organizations, Projects bool
}

// Self returns the user of the actor with the requested fields. With an error it is empty.
func (d *Directory) Self(ctx context.Context, actor model.Actor, parts SelfFields) (*Self, error) {
	g := &selfQuery{directory: d, actor: actor, fields: parts}
	if err := d.store.ReadCached(ctx, g.read); err != nil {
		return &Self{}, err
	}
	return &g.result, nil
}

// selfQuery is one value for the reason that authQuery is.
type selfQuery struct {
	directory *Directory
	actor     model.Actor
	fields    SelfFields
	result    Self
}

func (g *selfQuery) read(tx model.Reader) (err error) {
	own := &g.result
	if own.User, err = operation.Authorize(tx, g.actor, model.SelfRead, 0); err != nil {
		return err
	}
	if g.fields.Organizations {
		if own.Organizations, err = tx.Memberships(own.User.ID); err != nil {
			return err
		}
	}
	if g.fields.Projects {
		if own.Projects, err = project.OfSelf(tx, g.actor, own.User); err != nil {
			return err
		}
	}
	if g.fields.APIKey {
		own.APIKey, err = credential.SelfAPIKey(tx, g.directory.Credentials, g.actor, own.User)
	}
	return err
}
