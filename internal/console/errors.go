package console

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// problem is what a page says that shows nothing else.
type problem struct {
	Text   string
	Advice string
	ID     string // of the request, where the operator can find more in the log
}

// advice tells what to do about a link that is used up, by the path of its page.
var advice = map[string]string{
	setupPath: "A setup link works once, for a limited time, and only while the server has no administrator. " +
		"If it was used, there is one: log in with that account. If its time ran out first, start the server again to get a new one. If everybody is locked out, run “roster admin create” where the server runs.",
	invitePath: "An invitation works once and for a limited time, and can be taken back. Ask the person who invited you for a new one.",
	resetPath: "A link for a new password works once and for a limited time, and ends when the password or the address changes. " +
		"Say again that you forgot the password, or ask an administrator to reset it.",
	verifyPath: "A link that confirms an address works for a limited time, and ends when the address is removed or the account is blocked. " +
		"Send the verification again (POST /api/v1/me/emails/ID/verification), or ask an administrator to do so. " +
		"Is the account new? Ask for a link for a new password: following that confirms the address as well.",
	revertPath: "A link that takes a change of address back works once, and until the new address is confirmed. " +
		"If somebody else has your account by now, ask an administrator.",
}

func (p *pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, content := p.explain(r, err)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		web.SetRetryAfter(w, e.RetryAfter)
	}
	p.problem(w, r, status, content)
}

// problem writes a page that says what went wrong.
func (p *pages) problem(w http.ResponseWriter, r *http.Request, status int, content page) {
	if err := p.layout.write(w, status, "problem", content); err != nil {
		p.Log.ErrorContext(r.Context(), "the page about a problem cannot be shown", "error", err)
		http.Error(w, http.StatusText(status), status)
	}
}

// explain words an error. What nobody classified is our fault and reveals
// nothing but the id under which the log has it.
func (p *pages) explain(r *http.Request, err error) (int, page) {
	if e, ok := errors.AsType[*web.Error](err); ok {
		return requestProblem(e)
	}
	switch kind := fault.KindOf(err); kind {
	case fault.Expired:
		return http.StatusGone, page{Title: "This link can no longer be used", Body: problem{Text: advice[strings.TrimRight(r.URL.Path, "/")]}}
	case fault.Limited:
		return http.StatusTooManyRequests, page{Title: "Too many tries", Body: problem{Text: "Nothing was changed. " + retryText(err)}}
	case fault.Unavailable:
		return http.StatusServiceUnavailable, page{Title: "Not available at the moment", Body: problem{Text: retryText(err)}}
	case fault.NotFound:
		return http.StatusNotFound, page{Title: "Not found", Body: problem{Text: "What this page is about is not there, or not for you to see."}}
	case fault.Unauthenticated, fault.Forbidden, fault.Invalid, fault.Conflict:
		return refusalStatus(kind), page{Title: "This cannot be done", Body: problem{Text: joinSentences(err)}}
	}
	return http.StatusInternalServerError, page{Title: "Something went wrong here", Body: problem{
		Text: "It is not your fault. Try again; if it happens again, tell the person who runs this server.", ID: web.RequestID(r.Context()),
	}}
}

func refusalStatus(kind fault.Kind) int {
	switch kind {
	case fault.Conflict:
		return http.StatusConflict
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	}
	return http.StatusForbidden
}

// retryText says how long to wait, in words that are rounded up.
func retryText(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok || e.RetryAfter <= 5*time.Second:
		return "Wait a moment, then try again."
	case e.RetryAfter <= time.Minute:
		return "Wait a minute, then try again."
	}
	return fmt.Sprintf("Wait %d minutes, then try again.", int(math.Ceil(e.RetryAfter.Minutes())))
}

func requestProblem(e *web.Error) (int, page) {
	switch {
	case e.Field == "token":
		return e.Status, page{Title: "The link is not complete", Body: problem{
			Text:   "A part of it got lost on the way.",
			Advice: "Copy the whole link, up to its end, and open it again. Some mail programs break it over two lines.",
		}}
	case e.Code == web.Unavailable, e.Code == web.Limited:
		return e.Status, page{Title: "Not available at the moment", Body: problem{Text: "Wait a moment, then try again."}}
	case e.Code == web.TimedOut:
		return e.Status, page{Title: "The form arrived too slowly", Body: problem{Text: "Nothing was changed. Check your connection, then send the form again."}}
	case e.Code == web.TooLarge:
		return e.Status, page{Title: "This is too much", Body: problem{Text: "The form is larger than this server reads. Go back and write less."}}
	}
	return e.Status, page{Title: "The form cannot be read", Body: problem{Text: asSentence(e.Msg), Advice: "Open the link again, and send the form from its page."}}
}

func (p *pages) notFound(w http.ResponseWriter, r *http.Request) {
	p.problem(w, r, http.StatusNotFound, page{Title: "There is no such page", Body: problem{
		Text: "Look at the address for a slip of the pen. What answers on this server stands on its first page.",
	}})
}

// crossOrigin answers forms that a page of another site sent.
func (p *pages) crossOrigin(w http.ResponseWriter, r *http.Request) {
	p.problem(w, r, http.StatusForbidden, page{Title: "This form is not ours", Body: problem{
		Text:   "It was sent from a page of another site, so nothing was changed.",
		Advice: "If you wanted this, open the link in your letter, and send the form from its page.",
	}})
}

func (p *pages) wrongMethod(w http.ResponseWriter, r *http.Request) {
	p.problem(w, r, http.StatusMethodNotAllowed, page{Title: "This page does not work that way", Body: problem{
		Text: "It answers these methods only: " + w.Header().Get("Allow") + ".",
	}})
}

// sentence is one fault in words, with the field that it belongs to.
type sentence struct{ field, text string }

// sentences words every fault of err, or its message when it has none.
func sentences(err error) []sentence {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return nil
	}
	list := make([]sentence, 0, len(e.Fields))
	for _, f := range e.Fields {
		list = append(list, sentence{f.Name, faultText(f, e.Msg)})
	}
	if len(list) == 0 {
		list = append(list, sentence{"", faultText(fault.Field{}, e.Msg)})
	}
	return list
}

func joinSentences(err error) string {
	var text []string
	for _, s := range sentences(err) {
		text = append(text, s.text)
	}
	return strings.Join(text, " ")
}

// faultTexts are the sentences that say more than the code alone.
var faultTexts = map[fault.Field]string{
	{Name: "username", Code: fault.Blank}:         "Choose a username.",
	{Name: "username", Code: fault.Taken}:         "Somebody has this username already. Choose another one.",
	{Name: "email", Code: fault.Blank}:            "Write your e-mail address.",
	{Name: "email", Code: fault.Taken}:            "There is an account with this address already.",
	{Name: "email", Code: fault.Mismatch}:         "The invitationBody was sent to another address than the main one of your account.",
	{Name: "password", Code: fault.Blank}:         "Write a password.",
	{Name: "password", Code: fault.Common}:        "This is one of the first that others would try. Choose another one: four or five words make a good one.",
	{Name: "password", Code: fault.WrongPassword}: "This password is wrong.",
	{Name: "password", Code: fault.NoPassword}:    "This password is wrong.",
	{Name: "member", Code: fault.Taken}:           "You are a member already. There is nothing left to do.",
	{Name: "state", Code: fault.Inactive}: "This account is not active. If it is new, open the link that you were mailed to confirm it; " +
		"else ask an administrator.",
}

// faultText turns a fault into a sentence: its detail, or a text for its field and code. msg is
// the message of the error.
func faultText(f fault.Field, msg string) string {
	if f.Detail != "" {
		return asSentence(f.Detail)
	}
	if text, ok := faultTexts[fault.Field{Name: f.Name, Code: f.Code}]; ok {
		return text
	}
	switch f.Code {
	case fault.Blank:
		return "Fill this in."
	case fault.Malformed:
		return "This holds characters that do not belong here."
	case fault.TooShort:
		return fmt.Sprintf("Use at least %d characters.", f.Limit)
	case fault.TooLong:
		return fmt.Sprintf("Use at most %d characters.", f.Limit)
	case fault.Reserved:
		return "This word is kept for the server. Choose another one."
	case fault.Taken:
		return "Somebody has this already. Choose another one."
	}
	if msg == "" {
		return "This cannot be taken."
	}
	return asSentence(msg)
}

// asSentence makes a sentence of a message, which begins small and has no full
// stop.
func asSentence(msg string) string {
	if msg == "" {
		return ""
	}
	return web.Capitalize(msg) + "."
}
