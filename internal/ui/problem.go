package ui

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// problemBody is the content of a page about an error.
type problemBody struct {
	Text   string
	Advice string
	ID     string // of the request; the log has the cause under it
}

// problem is a page about an error, by the keys of its texts.
type problem struct {
	status      int
	title, text string
	body        problemBody // fields that are set already
}

// WriteError writes the page for an error of a handler.
func (u *UI) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		web.SetRetryAfter(w, e.RetryAfter)
	}
	u.writeProblem(w, r, u.problemOf(r, err))
}

func (u *UI) writeProblem(w http.ResponseWriter, r *http.Request, shown problem) {
	m := u.MessagesFor(r)
	if shown.text != "" {
		shown.body.Text = m.Text(shown.text)
	}
	err := u.Write(w, r, shown.status, "problem", Page{Title: m.Text(shown.title), Body: shown.body})
	if err != nil {
		u.config.Log.ErrorContext(r.Context(), "the page about an error cannot be rendered", "error", err)
		http.Error(w, http.StatusText(shown.status), shown.status)
	}
}

// Notice is the content of a page with one paragraph and one link.
type Notice struct {
	Title, Text string
	Path, Link  string // path and text of the link; both may be empty
}

// WriteNotice writes the page of a notice.
func (u *UI) WriteNotice(w http.ResponseWriter, r *http.Request, n Notice) error {
	return u.Write(w, r, http.StatusOK, "notice", Page{Title: n.Title, Body: n})
}

// problemOf returns the page for err. An error without a kind reveals only the request ID.
func (u *UI) problemOf(r *http.Request, err error) problem {
	m := u.MessagesFor(r)
	if e, ok := errors.AsType[*web.Error](err); ok {
		return requestProblem(m, e)
	}
	switch kind := fault.KindOf(err); kind {
	case fault.Expired:
		if fault.Has(err, "ceremony", fault.Inactive) { // a step of a form, and no link
			return problem{status: http.StatusGone, title: "problem.too_long", text: "problem.too_long_text"}
		}
		text := u.config.Expired[strings.TrimRight(r.URL.Path, "/")]
		return problem{status: http.StatusGone, title: "problem.expired", text: cmp.Or(text, "problem.expired_any")}
	case fault.Limited:
		body := problemBody{Text: m.Text("problem.limited_text", "wait", RetryText(m, err))}
		return problem{status: http.StatusTooManyRequests, title: "problem.limited", body: body}
	case fault.Unavailable:
		return problem{status: http.StatusServiceUnavailable, title: "problem.unavailable", body: problemBody{Text: RetryText(m, err)}}
	case fault.NotFound:
		return problem{status: http.StatusNotFound, title: "problem.not_found", text: "problem.not_found_text"}
	case fault.Unauthenticated, fault.Forbidden, fault.Invalid, fault.Conflict:
		return problem{status: refusalStatus(kind), title: "problem.refused", body: problemBody{Text: joinSentences(m, err)}}
	}
	return problem{status: http.StatusInternalServerError, title: "problem.internal", text: "problem.internal_text",
		body: problemBody{ID: web.RequestID(r.Context())}}
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

// RetryText says how long to wait, rounded up.
func RetryText(m *Messages, err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok || e.RetryAfter <= 5*time.Second:
		return m.Text("wait.moment")
	case e.RetryAfter <= time.Minute:
		return m.Text("wait.minute")
	}
	return m.Count("wait.minutes", int(math.Ceil(e.RetryAfter.Minutes())))
}

// requestProblem returns the page for a request that cannot be read.
func requestProblem(m *Messages, e *web.Error) problem {
	switch {
	case e.Field == "token":
		return problem{status: e.Status, title: "problem.link_incomplete", text: "problem.link_incomplete_text",
			body: problemBody{Advice: m.Text("problem.link_incomplete_advice")}}
	case e.Code == web.Unavailable, e.Code == web.Limited:
		return problem{status: e.Status, title: "problem.unavailable", text: "wait.moment"}
	case e.Code == web.TimedOut:
		return problem{status: e.Status, title: "problem.too_slow", text: "problem.too_slow_text"}
	case e.Code == web.TooLarge:
		return problem{status: e.Status, title: "problem.too_large", text: "problem.too_large_text"}
	}
	text, ok := m.reason(e.Msg, nil)
	if !ok {
		text = m.Text("problem.unreadable_text")
	}
	return problem{status: e.Status, title: "problem.unreadable", body: problemBody{Text: text, Advice: m.Text("problem.unreadable_advice")}}
}

// WriteNotFound writes the page for a path without a page.
func (u *UI) WriteNotFound(w http.ResponseWriter, r *http.Request) {
	u.writeProblem(w, r, problem{status: http.StatusNotFound, title: "problem.no_page", text: "problem.no_page_text"})
}

// WriteCrossOrigin writes the page for a form that was sent from a page of another site.
func (u *UI) WriteCrossOrigin(w http.ResponseWriter, r *http.Request) {
	u.writeProblem(w, r, problem{status: http.StatusForbidden, title: "problem.cross_origin", text: "problem.cross_origin_text",
		body: problemBody{Advice: u.MessagesFor(r).Text("problem.cross_origin_advice")}})
}

// WriteMethodNotAllowed writes the page for a method that the page does not accept. The router has
// set Allow.
func (u *UI) WriteMethodNotAllowed(w http.ResponseWriter, r *http.Request) {
	text := u.MessagesFor(r).Text("problem.method_text", "methods", w.Header().Get("Allow"))
	u.writeProblem(w, r, problem{status: http.StatusMethodNotAllowed, title: "problem.method", body: problemBody{Text: text}})
}

// WriteRejected shows a page again after its form was rejected, or returns err if a change of the
// form cannot resolve it.
func (u *UI) WriteRejected(w http.ResponseWriter, r *http.Request, name string, p Page, err error) error {
	status, ok := rejectedStatus(err)
	if !ok {
		return err
	}
	p.Form.RejectFaults(u.MessagesFor(r), err)
	return u.Write(w, r, status, name, p)
}

// rejectedStatus returns the status of the page that shows a rejected form again. ok is false for
// errors that a change of the form cannot resolve.
func rejectedStatus(err error) (status int, ok bool) {
	status, ok = map[fault.Kind]int{
		fault.Invalid:         http.StatusUnprocessableEntity,
		fault.Unauthenticated: http.StatusUnprocessableEntity, // 401 would require a WWW-Authenticate header
		fault.Forbidden:       http.StatusForbidden,
		fault.Conflict:        http.StatusConflict,
	}[fault.KindOf(err)]
	return status, ok
}

// sentence is one fault as text, with the field that it belongs to.
type sentence struct{ field, text string }

// sentences returns a sentence for each fault of err, or its message if it has no faults.
func sentences(m *Messages, err error) []sentence {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return nil
	}
	list := make([]sentence, 0, len(e.Fields))
	for _, f := range e.Fields {
		list = append(list, sentence{f.Name, faultText(m, f, e)})
	}
	if len(list) == 0 {
		list = append(list, sentence{"", faultText(m, fault.Field{}, e)})
	}
	return list
}

// ErrorText returns what is wrong, in sentences. It is for results of single things in a list; an error that
// is not of the rules, and whose message must not be shown, has a general text.
func ErrorText(m *Messages, err error) string {
	if text := joinSentences(m, err); text != "" && fault.KindOf(err) != fault.Internal {
		return text
	}
	return m.Text("problem.internal")
}

func joinSentences(m *Messages, err error) string {
	var text []string
	for _, s := range sentences(m, err) {
		if !slices.Contains(text, s.text) {
			text = append(text, s.text)
		}
	}
	return strings.Join(text, " ")
}
