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

// command is a command that works on the data. Its exported fields are its input.
type command interface {
	execute(ctx context.Context, d *directory.Directory, out io.Writer) error
}

// commands returns a constructor for each command that may be sent to a server.
func commands() map[string]func() command {
	return map[string]func() command{
		"admin create":              func() command { return &adminCreate{} },
		"admin access":              func() command { return &adminAccess{} },
		"admin reset-password":      func() command { return &adminResetPassword{} },
		"admin unlock":              func() command { return &adminUnlock{} },
		"ssh-keys":                  func() command { return &sshKeysRequest{} },
		"user list":                 func() command { return &userList{} },
		"user show":                 func() command { return &userShow{} },
		"user create":               func() command { return &userCreate{} },
		"user block":                func() command { return &userBlock{} },
		"user unblock":              func() command { return &userUnblock{} },
		"user deactivate":           func() command { return &userDeactivate{} },
		"user reactivate":           func() command { return &userReactivate{} },
		"user delete":               func() command { return &userDelete{} },
		"user erase":                func() command { return &userErase{} },
		"user data":                 func() command { return &userData{} },
		"user reset-second-factor":  func() command { return &userResetSecondFactor{} },
		"user api-key":              func() command { return &userAPIKey{} },
		"user has-api-key":          func() command { return &userHasAPIKey{} },
		"org list":                  func() command { return &orgList{} },
		"org create":                func() command { return &orgCreate{} },
		"org members":               func() command { return &orgMembers{} },
		"org add-member":            func() command { return &orgAddMember{} },
		"org require-second-factor": func() command { return &orgSecondFactor{} },
		"org remove-member":         func() command { return &orgRemoveMember{} },
		"invitation create":         func() command { return &invitationCreate{} },
		"invitation list":           func() command { return &invitationList{} },
		"invitation revoke":         func() command { return &invitationRevoke{} },
		"invitation resend":         func() command { return &invitationResend{} },
		"role list":                 func() command { return &roleList{} },
		"role create":               func() command { return &roleCreate{} },
		"role update":               func() command { return &roleUpdate{} },
		"role delete":               func() command { return &roleDelete{} },
		"project list":              func() command { return &projectList{} },
		"project show":              func() command { return &projectShow{} },
		"project create":            func() command { return &projectCreate{} },
		"project update":            func() command { return &projectUpdate{} },
		"project assign":            func() command { return &projectAssign{} },
		"project delete":            func() command { return &projectDelete{} },
		"token list":                func() command { return &tokenList{} },
		"token create":              func() command { return &tokenCreate{} },
		"token revoke":              func() command { return &tokenRevoke{} },
		"name list":                 func() command { return &nameList{} },
		"name release":              func() command { return &nameRelease{} },
		"webhook list":              func() command { return &webhookList{} },
		"webhook create":            func() command { return &webhookCreate{} },
		"webhook show":              func() command { return &webhookShow{} },
		"webhook update":            func() command { return &webhookUpdate{} },
		"webhook rotate-secret":     func() command { return &webhookRotateSecret{} },
		"webhook test":              func() command { return &webhookTest{} },
		"webhook delete":            func() command { return &webhookDelete{} },
		"webhook deliveries":        func() command { return &webhookDeliveries{} },
		"webhook failed":            func() command { return &webhookFailed{} },
		"webhook replay":            func() command { return &webhookReplay{} },
		"mail failed":               func() command { return &mailFailed{} },
		"mail resend":               func() command { return &mailResend{} },
		"events":                    func() command { return &eventsCommand{} },
		"doctor":                    func() command { return &doctorRequest{} },
		"import":                    func() command { return &importRequest{} },
		"export":                    func() command { return &exportRequest{} },
	}
}

// executeReceived executes a command that another process sent. It is an [app.Runner].
func executeReceived(ctx context.Context, d *directory.Directory, sent app.RemoteCommand, out io.Writer) error {
	empty, ok := commands()[sent.Command]
	if !ok {
		return fmt.Errorf("the server does not know the command %q; it may have another version", sent.Command)
	}
	cmd := empty()
	if err := json.Unmarshal(sent.Input, cmd); err != nil {
		return fmt.Errorf("read the input of %q: %w", sent.Command, err)
	}
	if c, ok := cmd.(contentCommand); ok {
		c.setContent(sent.Content)
	}
	return cmd.execute(ctx, d, out)
}

// contentCommand is a command that reads a file, which is sent with it.
type contentCommand interface{ setContent(content io.Reader) }

// execute runs a command in the server that owns the data folder, or in this process if there
// is none.
func (e *environment) execute(command string, cmd command) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	return e.executeWith(cfg, command, cmd)
}

func (e *environment) executeWith(cfg config.Config, command string, cmd command) error {
	return e.executeOn(cfg, command, cmd, nil, e.stdout)
}

// executeOn is executeWith for a command that reads content, which may be nil, and prints to
// out.
func (e *environment) executeOn(cfg config.Config, command string, cmd command, content io.Reader, out io.Writer) error {
	input, err := json.Marshal(cmd)
	if err != nil {
		return err
	}
	err = app.SendCommand(e.ctx, cfg.Data, app.RemoteCommand{Command: command, Input: input, Content: content}, out)
	if !errors.Is(err, app.ErrNoServer) {
		return err
	}
	if !createsDirectory(command) && app.IsEmpty(e.ctx, cfg) {
		return fmt.Errorf("there is no directory in %s; name another %s, or create one with 'roster serve' or 'roster admin create'", location(cfg), locationFlag(cfg))
	}
	a, err := app.Open(e.ctx, cfg, e.quietLogger())
	if errors.Is(err, app.ErrLocked) {
		return fmt.Errorf("%w, but does not answer yet; try again in a moment", err)
	}
	if err != nil {
		return err
	}
	ctx := e.ctx
	if c, ok := cmd.(contentCommand); ok {
		c.setContent(content)
		ctx = context.WithoutCancel(ctx) // an interruption ends the content, see interruptible
	}
	return errors.Join(cmd.execute(ctx, a.Directory, out), a.Close())
}

// executeInServer runs a command in the server that owns the data folder, never in this process.
func (e *environment) executeInServer(command string, cmd command) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	input, err := json.Marshal(cmd)
	if err != nil {
		return err
	}
	err = app.SendCommand(e.ctx, cfg.Data, app.RemoteCommand{Command: command, Input: input}, e.stdout)
	if errors.Is(err, app.ErrNoServer) {
		return fmt.Errorf("no server runs on %s; run this command on the machine of the server, with the same data folder", cfg.Data)
	}
	return err
}

// location names the database or folder of the settings, and locationFlag the flag for another.
func location(cfg config.Config) string {
	if cfg.Database.PostgreSQL() {
		return "the database " + cfg.Database.String()
	}
	return cfg.Data
}

func locationFlag(cfg config.Config) string {
	if cfg.Database.PostgreSQL() {
		return "one with --database"
	}
	return "folder with --data"
}

// createsDirectory reports whether a command may create a directory in an empty folder. For all
// others, an empty folder is more likely a wrong path.
func createsDirectory(command string) bool {
	return slices.Contains([]string{"admin create", "user create", "org create", "import"}, command)
}
