package model

import "time"

// Mail is a queued email. Text, HTML and Link are encrypted: a link that was not used yet is
// as powerful as a password.
type Mail struct {
	ID        int64
	To        string
	Subject   string
	Text      []byte // encrypted
	HTML      []byte // encrypted; empty for emails without HTML
	Link      []byte // encrypted; empty for emails without a link
	CreatedAt time.Time
	Attempts  int
	// Invitation is the invitation whose link the email carries; zero for other emails.
	Invitation InvitationID
}

// FailedMail is an email that was given up: the mail server rejected it for good, or it
// could not be reached for too long.
type FailedMail struct {
	ID         int64
	To         string
	Subject    string
	CreatedAt  time.Time
	Attempts   int
	Reason     string // response of the mail server
	Invitation InvitationID
}

// RetryingMails summarizes the emails that failed at least once and will be tried again.
type RetryingMails struct {
	Count  int
	Oldest time.Time // creation of the oldest one; zero if there is none
	Reason string    // of its latest failure
}

// KeepFailedMail is how long after its creation an email that was given up is kept, to
// be listed and sent again.
const KeepFailedMail = 30 * 24 * time.Hour

// MailReader reads the queue of emails.
type MailReader interface {
	FailedMails(after int64, limit int) ([]FailedMail, error) // by id
	FailedMailCount() (int, error)
	// RetryingMails summarizes the emails that failed at least once and will be tried again.
	RetryingMails() (RetryingMails, error)
	// LeaseHolders lists the processes that hold leases of emails or deliveries.
	LeaseHolders() ([]LeaseHolder, error)
	// UndeliveredInvitations returns why the newest email of each invitation of org from
	// first to last was given up; invitations whose email was not are absent.
	UndeliveredInvitations(org OrgID, first, last InvitationID) (map[InvitationID]string, error)
}

// MailWriter writes the queue of emails.
type MailWriter interface {
	AddMail(m *Mail) error
	// LeaseMails returns up to n due emails and hides them from other workers for the duration
	// lease.
	LeaseMails(now time.Time, n int, lease time.Duration) ([]Mail, error)
	// ReleaseLeases makes all emails and deliveries that the process of has leased due at now.
	// The process must have ended.
	ReleaseLeases(of LeaseHolder, now time.Time) error
	// Mails lists all emails, also those that were given up, by id; for changing the
	// encryption key.
	Mails(after int64, limit int) ([]Mail, error)
	ResealMail(m Mail) error                                  // replaces Text, HTML and Link by the same text under another key
	DropMail(id int64) error                                  // NotFound if it was deleted before: of two nodes one succeeds
	DelayMail(id int64, until time.Time, reason string) error // counts the attempt
	GiveUpMail(id int64, reason string) error                 // counts the attempt; kept until it is retried, or for KeepFailedMail
	RetryMail(id int64, at time.Time) error                   // resets the attempts; NotFound unless it was given up
	DropInvitationMails(id InvitationID) error                // queued emails of one invitation, after its link has changed
}

// IsRequest distinguishes requests from emails, which have a recipient.
func (m Mail) IsRequest() bool { return m.To == "" }
