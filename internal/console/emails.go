package console

import (
	"net/http"
	"strconv"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

const (
	emailsPath = browser.StartPath + "/emails"
	// emailRows is the number of emails on a page.
	emailRows = 50
)

// emailEndpoints returns the pages about the queue of emails.
func (p *pages) emailEndpoints() []browser.Endpoint {
	return []browser.Endpoint{
		p.show(emailsPath, model.ServerManage, p.showEmails),
		p.form(emailsPath+"/resend", model.ServerManage, p.resendEmails),
		p.form(emailsPath+"/{id}/resend", model.ServerManage, p.resendEmail),
		p.form(emailsPath+"/{id}/delete", model.ServerManage, p.deleteEmail),
	}
}

// emailsBody is the content of the page about the queue of emails.
type emailsBody struct {
	Waiting  model.RetryingMails
	Failed   []model.FailedMail
	Pager    ui.Pager
	Empty    ui.Empty
	KeepDays int // days for which an email that was given up is kept
}

func (p *pages) showEmails(w http.ResponseWriter, r *http.Request, a admin) error {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return err
	}
	after, _ := decimal.ParseID(in.Line("after")) // anything else is the first page
	if err := in.Err(); err != nil {
		return err
	}
	body := emailsBody{KeepDays: int(model.KeepFailedMail.Hours() / 24)}
	if body.Waiting, err = p.Directory.RetryingMails(r.Context(), a.Actor); err != nil {
		return err
	}
	if body.Failed, err = p.Directory.FailedMails(r.Context(), a.Actor, after, emailRows+1); err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	if after != 0 {
		body.Pager.Previous = emailsPath
	}
	if len(body.Failed) > emailRows {
		body.Failed = body.Failed[:emailRows]
		body.Pager.Next = emailsPath + "?after=" + strconv.FormatInt(body.Failed[emailRows-1].ID, 10)
	}
	body.Pager.Count = m.Count("emails.shown", len(body.Failed))
	body.Empty = ui.Empty{Icon: "mail", Title: m.Text("emails.none"), Text: m.Text("emails.none_text")}
	page := p.page(r, a, m.Text("emails.title"), emailsPath)
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "emails", page)
}

func (p *pages) resendEmail(w http.ResponseWriter, r *http.Request, a admin, _ *ui.Input) error {
	id, err := pathID[int64](r, "id", "email")
	if err != nil {
		return err
	}
	if err := p.Directory.RetryMail(r.Context(), a.Actor, id); err != nil {
		return err
	}
	return p.backTo(w, emailsPath, "email-queued")
}

// resendEmails queues the emails that the page showed. One that was deleted or sent meanwhile is no error.
func (p *pages) resendEmails(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	list := in.List("id")
	if err := in.Err(); err != nil {
		return err
	}
	for _, text := range list[:min(len(list), emailRows)] {
		id, _ := decimal.ParseID(text)
		if err := fault.IgnoreNotFound(p.Directory.RetryMail(r.Context(), a.Actor, id)); err != nil {
			return err
		}
	}
	return p.backTo(w, emailsPath, "emails-queued")
}

func (p *pages) deleteEmail(w http.ResponseWriter, r *http.Request, a admin, _ *ui.Input) error {
	id, err := pathID[int64](r, "id", "email")
	if err != nil {
		return err
	}
	if err := p.Directory.DeleteFailedMail(r.Context(), a.Actor, id); err != nil {
		return err
	}
	return p.backTo(w, emailsPath, "email-deleted")
}
