package directory

import (
	"context"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
)

// PreferencesChange is a change of [model.Preferences]. Fields that are nil stay unchanged; an empty text is the
// default.
type PreferencesChange struct {
	Language, Theme, TimeZone *string
	SignInNotice              *bool // whether a sign-in from a new network is notified
}

func (c PreferencesChange) check(f *fault.List) {
	inputpolicy.CheckPreferences(f, c.Language, c.Theme, c.TimeZone)
}

// Preferences returns the preferences of the actor's user.
func (d *Directory) Preferences(ctx context.Context, actor model.Actor) (model.Preferences, error) {
	var p model.Preferences
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) (err error) {
		p, err = tx.Preferences(self.ID)
		return err
	})
	return p, err
}

// NoticeAddresses returns the former primary addresses that still receive security notices of the actor's
// user.
func (d *Directory) NoticeAddresses(ctx context.Context, actor model.Actor) ([]model.NoticeAddress, error) {
	var live []model.NoticeAddress
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) (err error) {
		live, err = d.notices.FormerAddresses(tx, self.ID)
		return err
	})
	return live, err
}

// ChangePreferences changes the preferences of the actor's user. Switching the notices of sign-ins off
// is a change of the protection of the account: see [Directory.silenceSignIns].
func (d *Directory) ChangePreferences(ctx context.Context, actor model.Actor, c PreferencesChange) (model.Preferences, error) {
	var f fault.List
	if c.check(&f); f.Err() != nil {
		return model.Preferences{}, f.Err()
	}
	var p model.Preferences
	err := d.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) (err error) {
		if p, err = tx.Preferences(self.ID); err != nil {
			return err
		}
		fields, err := d.applyPreferences(tx, actor, self, &p, c)
		if err != nil || len(fields) == 0 {
			return err
		}
		if err := tx.PutPreferences(self.ID, p); err != nil {
			return err
		}
		return d.ops.RecordUser(tx, actor, model.UserChanged, self.ID, strings.Join(fields, ","))
	})
	return p, err
}

// applyPreferences sets the fields that differ and returns their names.
func (d *Directory) applyPreferences(tx model.Writer, actor model.Actor, self model.User, p *model.Preferences, c PreferencesChange) ([]string, error) {
	var fields []string
	operation.SetField(&fields, "language", &p.Language, c.Language)
	operation.SetField(&fields, "theme", &p.Theme, c.Theme)
	operation.SetField(&fields, "display_time_zone", &p.TimeZone, c.TimeZone)
	if c.SignInNotice == nil || *c.SignInNotice != p.NoSignInNotice {
		return fields, nil
	}
	p.NoSignInNotice = !*c.SignInNotice
	if !p.NoSignInNotice {
		return append(fields, "sign_in_notice on"), nil
	}
	return append(fields, "sign_in_notice off"), d.silenceSignIns(tx, actor, self)
}

// silenceSignIns returns an error unless the actor may switch the notices of sign-ins off, and sends the
// email about it. An attacker would use the switch to stay unnoticed, so it needs what a change of second factors
// needs, and nothing changes if the email cannot be sent.
func (d *Directory) silenceSignIns(tx model.Writer, actor model.Actor, self model.User) error {
	refused := fault.New(fault.Forbidden, "this notice is switched off by a session of the user that was opened by signing in; sign in", fault.Field{Name: "session", Code: fault.Required})
	if err := secondfactor.RequireOwnLogin(tx, d.Factors, actor, refused); err != nil {
		return err
	}
	if to, ok := self.RecoveryEmail(); !ok || !to.Verified {
		return fault.New(fault.Conflict, "notices are sent to verified addresses, and this account has none; verify the address first", fault.Field{Name: "email", Code: fault.Inactive})
	}
	sent, err := d.notices.ToUser(tx, actor, self, model.Message{Kind: model.SecurityNoticeMessage, Change: model.SignInNoticeOff, From: actor.Address()})
	if err == nil && !sent {
		err = fault.New(fault.Limited, "this notice was switched off too often, and the email about it cannot be sent; try again tomorrow", fault.Field{Name: "email", Code: fault.TooMany})
	}
	return err
}
