package secondfactor

import (
	"cmp"
	"context"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/totp"
)

// PendingTOTP returns the authenticator app that a ceremony of the actor's user adds, for a page that
// shows its secret again. It needs what BeginTOTP needs.
func (factors *Factors) PendingTOTP(ctx context.Context, actor model.Actor, ceremony secret.Text) (TOTPEnrolment, error) {
	var e TOTPEnrolment
	err := factors.ops.Read(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Reader, self model.User) error {
		if err := factors.requireOwnFactors(tx, actor); err != nil {
			return err
		}
		c, key, err := factors.openCeremony(tx, ceremony, model.EnrolTOTP, self.ID)
		if err == nil {
			e = factors.totpEnrolment(self, key, begunCeremony{ceremony, c.ExpiresAt})
		}
		return err
	})
	return e, err
}

func (factors *Factors) totpEnrolment(self model.User, key []byte, begun begunCeremony) TOTPEnrolment {
	address := totp.URL(key, cmp.Or(factors.options.Site, "Roster"), passkeyUser(self).Name)
	return TOTPEnrolment{begun.Token, secret.Text(totp.Text(key)), secret.Text(address), begun.ExpiresAt}
}
