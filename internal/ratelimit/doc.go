// Package ratelimit limits the requests of a network and the emails to a mailbox. It decides which counters
// of package throttle an attempt has, and their limits; [Limits.AllowMail] explains the shares of emails.
package ratelimit
