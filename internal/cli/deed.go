package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
)

// deed is one command on the data. Its exported fields are its input.
type deed interface {
	do(ctx context.Context, d *directory.Directory, out io.Writer) error
}

// deeds makes an empty deed for each name that may be sent to a server.
func deeds() map[string]func() deed {
	return map[string]func() deed{
		"admin create":         func() deed { return &adminCreate{} },
		"admin reset-password": func() deed { return &adminResetPassword{} },
		"admin unlock":         func() deed { return &adminUnlock{} },
		"ssh-keys":             func() deed { return &authorized{} },
		"user list":            func() deed { return &userList{} },
		"user show":            func() deed { return &userShow{} },
		"user create":          func() deed { return &userCreate{} },
		"user block":           func() deed { return &userBlock{} },
		"user unblock":         func() deed { return &userUnblock{} },
		"user deactivate":      func() deed { return &userDeactivate{} },
		"user reactivate":      func() deed { return &userReactivate{} },
		"user delete":          func() deed { return &userDelete{} },
		"user erase":           func() deed { return &userErase{} },
		"user data":            func() deed { return &userData{} },
		"user api-key":         func() deed { return &userAPIKey{} },
		"org list":             func() deed { return &orgList{} },
		"org create":           func() deed { return &orgCreate{} },
		"org members":          func() deed { return &orgMembers{} },
		"org add":              func() deed { return &orgAdd{} },
		"org remove":           func() deed { return &orgRemove{} },
		"org invite":           func() deed { return &orgInvite{} },
		"org invitations":      func() deed { return &orgInvitations{} },
		"org uninvite":         func() deed { return &orgUninvite{} },
		"org resend":           func() deed { return &orgResend{} },
		"org roles":            func() deed { return &orgRoles{} },
		"org role":             func() deed { return &orgRole{} },
		"org role-change":      func() deed { return &orgRoleChange{} },
		"org role-delete":      func() deed { return &orgRoleDelete{} },
		"project list":         func() deed { return &projectList{} },
		"project show":         func() deed { return &projectShow{} },
		"project create":       func() deed { return &projectCreate{} },
		"project change":       func() deed { return &projectChange{} },
		"project assign":       func() deed { return &projectAssign{} },
		"project delete":       func() deed { return &projectDelete{} },
		"token list":           func() deed { return &tokenList{} },
		"token create":         func() deed { return &tokenCreate{} },
		"token revoke":         func() deed { return &tokenRevoke{} },
		"name list":            func() deed { return &nameList{} },
		"name release":         func() deed { return &nameRelease{} },
		"webhook list":         func() deed { return &webhookList{} },
		"webhook create":       func() deed { return &webhookCreate{} },
		"webhook show":         func() deed { return &webhookShow{} },
		"webhook change":       func() deed { return &webhookChange{} },
		"webhook rotate":       func() deed { return &webhookRotate{} },
		"webhook test":         func() deed { return &webhookTest{} },
		"webhook delete":       func() deed { return &webhookDelete{} },
		"webhook deliveries":   func() deed { return &webhookDeliveries{} },
		"webhook failed":       func() deed { return &webhookFailed{} },
		"webhook replay":       func() deed { return &webhookReplay{} },
		"mail failed":          func() deed { return &mailFailed{} },
		"mail resend":          func() deed { return &mailResend{} },
		"events":               func() deed { return &eventsCommand{} },
		"doctor":               func() deed { return &doctorDeed{} },
		"import":               func() deed { return &importDeed{} },
		"export":               func() deed { return &exportDeed{} },
	}
}

// runDeed is the app.Runner: it runs a deed that another process sent.
func runDeed(ctx context.Context, d *directory.Directory, sent app.Sent, out io.Writer) error {
	empty, ok := deeds()[sent.Command]
	if !ok {
		return fmt.Errorf("the server does not know the command %q; it may be of another version", sent.Command)
	}
	what := empty()
	if err := json.Unmarshal(sent.Input, what); err != nil {
		return fmt.Errorf("read the input of %q: %w", sent.Command, err)
	}
	if c, ok := what.(consumer); ok {
		c.take(sent.Content)
	}
	return what.do(ctx, d, out)
}

// consumer is a deed that works on a file, which travels with it.
type consumer interface{ take(content io.Reader) }

// perform runs a deed where the data is: in the server that owns the folder, or
// here.
func (e *environment) perform(command string, what deed) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	return e.performWith(cfg, command, what)
}

func (e *environment) performWith(cfg config.Config, command string, what deed) error {
	return e.performOn(cfg, command, what, nil, e.stdout)
}

// performOn is performWith for a deed that works on content, which may be nil, and
// prints somewhere else.
func (e *environment) performOn(cfg config.Config, command string, what deed, content io.Reader, out io.Writer) error {
	input, err := json.Marshal(what)
	if err != nil {
		return err
	}
	err = app.Send(e.ctx, cfg.Data, app.Sent{Command: command, Input: input, Content: content}, out)
	if !errors.Is(err, app.ErrNoServer) {
		return err
	}
	if !mayBegin(command) && app.Fresh(e.ctx, cfg) {
		return fmt.Errorf("there is no directory of people in %s yet; name another %s, or begin with 'roster serve' or 'roster admin create'", place(cfg), flagOf(cfg))
	}
	a, err := app.Open(e.ctx, cfg, e.quiet())
	if errors.Is(err, app.ErrLocked) {
		return fmt.Errorf("%w, but does not answer yet; try again in a moment", err)
	}
	if err != nil {
		return err
	}
	ctx := e.ctx
	if c, ok := what.(consumer); ok {
		c.take(content)
		ctx = context.WithoutCancel(ctx) // an interruption ends the content, see interruptible
	}
	return errors.Join(what.do(ctx, a.Directory, out), a.Close())
}

// performInServer runs a command in the server that owns the folder, and nowhere else.
func (e *environment) performInServer(command string, what deed) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	input, err := json.Marshal(what)
	if err != nil {
		return err
	}
	err = app.Send(e.ctx, cfg.Data, app.Sent{Command: command, Input: input}, e.stdout)
	if errors.Is(err, app.ErrNoServer) {
		return fmt.Errorf("no server runs on %s; run this beside the server, with the same data folder", cfg.Data)
	}
	return err
}

// place is where the settings look for people, and flagOf what names another one.
func place(cfg config.Config) string {
	if cfg.Database.PostgreSQL() {
		return "the database " + cfg.Database.String()
	}
	return cfg.Data
}

func flagOf(cfg config.Config) string {
	if cfg.Database.PostgreSQL() {
		return "one with --database"
	}
	return "folder with --data"
}

// mayBegin says which commands may be the first on a new folder. With any other,
// a folder without people is more likely a mistyped one.
func mayBegin(command string) bool {
	return slices.Contains([]string{"admin create", "user create", "org create", "import"}, command)
}
