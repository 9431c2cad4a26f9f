package console

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/web"
)

const (
	exportOperation = "export"
	exportRoute     = usersPath + "/export"
	// exportBatch is the number of users that are read at once.
	exportBatch = 500
	// exportStall is how long the browser may take to accept a batch.
	exportStall = time.Minute
)

// exportPath returns the path of the file with all users of a view.
func exportPath(v userView) string {
	path := v.With(afterParam, "", beforeParam, "", sortParam, "")
	return exportRoute + strings.TrimPrefix(path, usersPath)
}

// exportUsers writes the users of a view as a file.
func (p *pages) exportUsers(w http.ResponseWriter, r *http.Request, a admin) error {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return err
	}
	v, err := p.readView(r, a, in, "")
	if err != nil {
		return err
	}
	b := &bulk{all: true, view: v}
	err = p.exportSelected(w, r, a, b)
	if browser.NeedsReauthentication(err) { // a form asks for the password, and a link is none
		return p.continueExport(w, r, a, b, http.StatusForbidden, p.UI.MessagesFor(r).Text("console.export_confirm"))
	}
	return err
}

// exportBody is the content of the page that begins an export, besides its form.
type exportBody struct{ Text, Back string }

// continueExport writes a page whose form requests the file. A browser keeps its page when it receives a file, so
// that a confirmed form needs this page as well.
func (p *pages) continueExport(w http.ResponseWriter, r *http.Request, a admin, b *bulk, status int, text string) error {
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("console.export"), usersPath, ui.Link{Text: m.Text("console.users"), Path: b.view.With()})
	page.Form = &ui.Form{Action: bulkPath, Submit: m.Text("console.export"), Again: append(b.selection(), ui.SentField{Name: "op", Value: exportOperation})}
	page.Wide, page.Body = false, exportBody{text, b.view.With()}
	return p.UI.Write(w, r, status, "users-export", page)
}

// exportSelected writes the users of a form as a file: CSV for spreadsheets, by id. A session needs a recent
// authentication, as for the export of the API.
func (p *pages) exportSelected(w http.ResponseWriter, r *http.Request, a admin, b *bulk) error {
	if err := p.Directory.CheckRecentAuthentication(r.Context(), a.Actor, model.SelfRead); err != nil {
		return err
	}
	next := b.view.matching()
	next.Limit = exportBatch
	var page model.Page[directory.UserRow]
	var err error
	if b.all {
		page, err = p.Directory.UserRows(r.Context(), a.Actor, next)
	} else {
		page.Items, err = p.Directory.UserRowsByID(r.Context(), a.Actor, b.ids)
		page.Read = min(len(page.Items), exportBatch-1) // there is no next page
	}
	if err != nil {
		return err // as a page
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", `attachment; filename="users.csv"`)
	if r.Method == http.MethodHead {
		return nil
	}
	r = web.Unlimited(r)
	file := csv.NewWriter(w)
	err = file.Write(exportColumns(a.Server))
	for err == nil && page.Read > 0 {
		err = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportStall))
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			break
		}
		err = nil
		for _, row := range page.Items {
			if err == nil {
				err = file.Write(exportRow(row))
			}
		}
		if file.Flush(); err != nil || page.Read < exportBatch {
			break
		}
		if err = admission.In(r.Context()).Resume(r.Context()); err != nil {
			break
		}
		next.After = &page.Last
		page, err = p.Directory.UserRows(r.Context(), a.Actor, next)
	}
	if err == nil {
		err = file.Error()
	}
	if err == nil {
		return nil
	}
	if !web.ClientClosed(r) {
		p.Log.ErrorContext(r.Context(), "export of users failed", "id", web.RequestID(r.Context()), "error", err)
	}
	panic(http.ErrAbortHandler) // only a closed connection shows that the file is incomplete
}

func exportColumns(private bool) []string {
	columns := []string{"id", "username", "name", "email", "state", "administrator", "service_account", "organizations", "created_at"}
	if private {
		columns = append(columns, "second_factor", "last_activity_at")
	}
	return columns
}

func exportRow(row directory.UserRow) []string {
	u := row.User
	var roles, kinds []string
	for _, m := range row.Memberships {
		roles = append(roles, m.Organization.Slug+":"+m.Role.Name)
	}
	for _, kind := range row.Factors {
		kinds = append(kinds, string(kind))
	}
	cells := []string{strconv.FormatInt(int64(u.ID), 10), u.Username, u.Name, u.Primary().Address, string(u.Shown()),
		strconv.FormatBool(u.Admin), strconv.FormatBool(u.Service), strings.Join(roles, "; "), exportTime(u.CreatedAt)}
	if row.Private {
		cells = append(cells, strings.Join(kinds, "; "), exportTime(u.LastActivity))
	}
	for i, cell := range cells {
		cells[i] = unitext.EscapeFormulas(cell)
	}
	return cells
}

func exportTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
