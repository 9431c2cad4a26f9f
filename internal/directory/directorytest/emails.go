package directorytest

import (
	"net/url"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/secret"
)

// NextEmail returns the newest email to an address that it has not returned before, if there is one. It
// claims all queued emails, as the mail worker does.
func (f *Fixture) NextEmail(to string) (mailqueue.Email, bool) {
	f.T.Helper()
	claimed := Must(f.T, func() ([]mailqueue.Email, error) {
		return directory.NewMailQueue(f.Directory).Lease(f.T.Context(), 1000, time.Hour)
	})
	f.Inbox = append(f.Inbox, claimed...)
	for i := len(f.Inbox) - 1; i >= 0; i-- {
		if found := f.Inbox[i]; found.To == to {
			f.Inbox = append(f.Inbox[:i:i], f.Inbox[i+1:]...)
			return found, true
		}
	}
	return mailqueue.Email{}, false
}

// EmailedToken returns the token in the link of [Fixture.NextEmail].
func (f *Fixture) EmailedToken(to string) secret.Text {
	f.T.Helper()
	m, found := f.NextEmail(to)
	if !found {
		f.T.Fatalf("no email to %s", to)
	}
	return TokenIn(f.T, m.Link)
}

// TokenIn returns the token in a mailed link.
func TokenIn(t testing.TB, link string) secret.Text {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("no token in the link %q: %v", link, err)
	}
	return secret.Text(u.Query().Get("token"))
}
