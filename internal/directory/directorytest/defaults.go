package directorytest

import (
	"cmp"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directoryconfig"
)

// WithDefaults returns options with the limits of a server without settings in place of those that are
// zero. A limit of successful logins below zero becomes zero, which is none. Everything else stays as
// it is.
func WithDefaults(o directory.Options) directory.Options {
	d := directoryconfig.Options(config.Default())
	fill(&o.Lifetimes.WekanSession, d.Lifetimes.WekanSession)
	fill(&o.Lifetimes.PM415Session, d.Lifetimes.PM415Session)
	fill(&o.Lifetimes.ConsoleSession, d.Lifetimes.ConsoleSession)
	fill(&o.Lifetimes.ConsoleIdle, d.Lifetimes.ConsoleIdle)
	fill(&o.Lifetimes.Invitation, d.Lifetimes.Invitation)
	fill(&o.Login.AccountFailures, d.Login.AccountFailures)
	fill(&o.Login.AddressFailures, d.Login.AddressFailures)
	fill(&o.Login.RevealingAnswers, d.Login.RevealingAnswers)
	fill(&o.Login.SignUps, d.Login.SignUps)
	fill(&o.Login.Invitations, d.Login.Invitations)
	fill(&o.Login.Window, d.Login.Window)
	fill(&o.Login.Lock, d.Login.Lock)
	o.Login.AccountLogins = max(0, cmp.Or(o.Login.AccountLogins, d.Login.AccountLogins))
	o.Login.AddressLogins = max(0, cmp.Or(o.Login.AddressLogins, d.Login.AddressLogins))
	fill(&o.KeyLimits, d.KeyLimits)
	fill(&o.MaxKeys, d.MaxKeys)
	fill(&o.MailPerHour, d.MailPerHour)
	fill(&o.MailPerDay, d.MailPerDay)
	return o
}

// fill sets value to otherwise if it is zero.
func fill[T comparable](value *T, otherwise T) { *value = cmp.Or(*value, otherwise) }
