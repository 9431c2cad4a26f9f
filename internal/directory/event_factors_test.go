package directory_test

import (
	"context"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
)

// changesOfFactors are the operations on second factors, of a user of their own.
func (h *fixture) changesOfFactors() []change {
	var session model.Actor
	var added secondfactor.AddedAuthenticator
	d := &directorytest.Device{}
	return []change{
		{"ConfirmTOTP", func(context.Context) error {
			h.AddUser("fay")
			_, added = h.AddApp(h.SessionOf("fay"))
			session = h.ActorWith(added.Session)
			return nil
		}},
		{"ConfirmPasskey", func(ctx context.Context) error {
			fay, err := h.User(ctx, operator(), session.UserID())
			*d = *directorytest.NewDevice(fay)
			h.AddPasskey(session, d)
			return err
		}},
		{"ChangePreferences", func(ctx context.Context) error {
			_, err := h.ChangePreferences(ctx, session, directory.PreferencesChange{Language: ref("de")})
			return err
		}},
		{"ReauthenticateWith", func(ctx context.Context) error {
			again, err := h.ReauthenticateWith(ctx, session, "", h.Prove(d))
			if err == nil {
				session = h.ActorWith(again.Session)
			}
			return err
		}},
		{"RenameAuthenticator", func(ctx context.Context) error {
			return none(h.RenameAuthenticator(ctx, session, added.Authenticator.ID, "laptop of ada"))
		}},
		{"CreateRecoveryCodes", func(ctx context.Context) error { return none(h.CreateRecoveryCodes(ctx, session)) }},
		{"RemoveAuthenticator", func(ctx context.Context) error {
			return h.RemoveAuthenticator(ctx, session, added.Authenticator.ID)
		}},
		{"ResetSecondFactor", func(ctx context.Context) error { return none2(h.ResetSecondFactor(ctx, operator(), session.UserID())) }},
		{"RequireSecondFactorIn", func(ctx context.Context) error {
			org := h.AddOrganization("Factors")
			return none(h.RequireSecondFactorIn(ctx, operator(), org.ID, true))
		}},
		{"EraseAccount", func(ctx context.Context) error {
			h.AddUser("gil")
			return h.EraseAccount(ctx, h.SessionOf("gil"), "gil")
		}},
	}
}
