// Package directoryconfig derives the options of a directory from the settings of the program. The
// defaults of the settings stand in package config only; a limit without a setting is a constant of the
// package that enforces it.
package directoryconfig

import (
	"time"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/sshkey"
)

// Options returns the options that have a setting or a constant. The log, the clock, the list of
// breached passwords, the relying party of passkeys and the hooks stay zero.
func Options(c config.Config) directory.Options {
	return directory.Options{
		Site:                   c.SiteName,
		SignUp:                 registration.Mode(c.SignUp),
		SignUpDomains:          c.SignUpDomains,
		SignUpOrganizations:    c.SignUpOrganizations,
		FirstUserAdmin:         c.Wekan.FirstUserIsAdmin,
		DiscloseAPIKeys:        c.DiscloseAPIKeys == "admins",
		PasswordMinimum:        c.Password.MinimumLength,
		CommonPasswords:        commonPasswords(c.Password),
		Reauthenticate:         time.Duration(c.Security.ReauthenticateWithin),
		RequireSecondFactor:    secondfactor.Policy(c.Security.RequireSecondFactor),
		GitLabBasicUsers:       c.GitLab.UserVisibility == "basic",
		GitLabOwnPasswordRules: c.GitLab.OwnPasswordRules,
		PM415OwnPasswordRules:  c.PM415.OwnPasswordRules,
		HidesAccounts:          hidingAPIs(c),
		Lifetimes:              lifetimes(c),
		Login:                  loginLimits(c.Login),
		KeyLimits:              sshkey.Limits{RSABits: c.SSHKeys.RSAMinimumBits},
		MaxKeys:                c.SSHKeys.PerUser,
		MailPerHour:            c.Mail.PerAddressHour,
		MailPerDay:             c.Mail.PerAddressDay,
		WebhookPrivate:         c.Webhooks.AllowPrivate,
		KeepEvents:             time.Duration(c.Events.Retention),
		KeepEnded:              time.Duration(c.Security.EndedRetention),
		NoSelfErasure:          !c.Users.EraseOwnAccount,
		DormantAfter:           time.Duration(c.Users.DeactivateInactiveAfter),
		ReserveNames:           time.Duration(c.Users.ReserveNames),
		ReservedWords:          c.Users.ReservedNames,
	}
}

func lifetimes(c config.Config) directory.Lifetimes {
	const day = 24 * time.Hour
	return directory.Lifetimes{
		WekanSession:   time.Duration(c.Session.WekanDays) * day,
		PM415Session:   time.Duration(c.Session.PM415Days) * day,
		ConsoleSession: time.Duration(c.Session.ConsoleDays) * day,
		ConsoleIdle:    time.Duration(c.Session.ConsoleIdleDays) * day,
		Invitation:     time.Duration(c.Invitation.Lifetime),
	}
}

func loginLimits(c config.Login) ratelimit.LoginLimits {
	return ratelimit.LoginLimits{
		AccountFailures: c.AccountFailures, AddressFailures: c.AddressFailures,
		Window: time.Duration(c.Window), Lock: time.Duration(c.Lock),
		AccountLogins: c.AccountPerMinute, AddressLogins: c.AddressPerMinute,
		RevealingAnswers: ratelimit.MaxRevealingAnswers, SignUps: ratelimit.MaxSignUps, Invitations: ratelimit.MaxInvitations,
	}
}

// commonPasswords returns which APIs reject common passwords. Without a minimum length each
// compatible API has the rule of its product, which accepts common passwords.
func commonPasswords(p config.Password) passwordpolicy.Rule {
	rule := passwordpolicy.Rule(p.Common)
	if p.MinimumLength == 0 && rule == passwordpolicy.All {
		return passwordpolicy.Own
	}
	return rule
}

// hidingAPIs returns the compatible APIs that do not reveal whether an account exists.
func hidingAPIs(c config.Config) []model.API {
	var hiding []model.API
	for api, reveals := range map[model.API]bool{model.Wekan: c.Wekan.RevealUnknownUsers, model.PM415: c.PM415.RevealUnknownUsers} {
		if !reveals {
			hiding = append(hiding, api)
		}
	}
	return hiding
}
