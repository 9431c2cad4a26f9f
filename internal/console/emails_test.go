package console

import (
	"strconv"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

// undelivered invites an address whose mail server rejects the email with a reason.
func (b *fixture) undelivered(address, reason string) int64 {
	b.T.Helper()
	b.invite(invitation.NewInvitation{Email: address})
	queue := directory.NewMailQueue(b.Directory)
	mails, err := queue.Lease(b.T.Context(), 100, time.Hour)
	b.Must(err)
	id := mails[len(mails)-1].ID
	b.Must(queue.GiveUp(b.T.Context(), id, reason))
	return id
}

func TestEmailsThatWereNotDeliveredAreSentAgainOrDeleted(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	root := b.AddAdmin("root")
	first := b.undelivered("slow@archive.example", "550 no such mailbox <script>alert(1)</script>")
	second := b.undelivered("late@archive.example", "552 mailbox full")
	b.signInAs(root)
	a := b.Get("/console/emails")
	b.Want(a, 200, "<h1>Emails</h1>", "slow@archive.example", "550 no such mailbox &lt;script&gt;", "552 mailbox full", "2 emails shown", `href="/console/emails" aria-current="page"`)
	b.LeadsTo(b.Send("/console/emails/"+strconv.FormatInt(first, 10)+"/resend"), "/console/emails?done=email-queued")
	a = b.Get("/console/emails?done=email-queued")
	b.Want(a, 200, "The email is in the queue again.", "1 email shown")
	b.Without(a, "slow@archive.example")
	b.Want(b.Send("/console/emails/"+strconv.FormatInt(first, 10)+"/delete"), 404)
	b.LeadsTo(b.Send("/console/emails/"+strconv.FormatInt(second, 10)+"/delete"), "/console/emails?done=email-deleted")
	b.Want(b.Get("/console/emails?done=email-deleted"), 200, "The email was deleted.", "Every email was delivered")
	third := b.undelivered("third@archive.example", "550")
	b.LeadsTo(b.Send("/console/emails/resend", "id[]", strconv.FormatInt(third, 10)), "/console/emails?done=emails-queued")
	b.Want(b.Get("/console/emails"), 200, "Every email was delivered")
	b.Want(b.Send("/console/emails/none/resend"), 404)
	b.signInAs(b.AddMemberTo(b.Home.ID, model.RoleAdmin, "chief"))
	b.Want(b.Get("/console/emails"), 403, "Only administrators of the server may open this page.")
	b.Want(b.Send("/console/emails/resend"), 403)
}
