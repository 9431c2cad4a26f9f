package console

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/admission"
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
	return p.exportSelected(w, r, a, &bulk{all: true, view: v})
}

// exportSelected writes the users of a form as a file: CSV for spreadsheets, by id.
func (p *pages) exportSelected(w http.ResponseWriter, r *http.Request, a admin, b *bulk) error {
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
