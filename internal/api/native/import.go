package native

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/userfile"
	"roster.example/roster/internal/web"
)

// importUsers answers POST /api/v1/users/import. It creates users while the file arrives, and reports each batch when it is
// committed.
func (a api) importUsers(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	// Without full duplex, net/http reads the rest of the body before it writes the response. It cannot find the next
	// request on the connection then, so the connection is closed.
	w.Header().Set("Connection", "close")
	talk := http.NewResponseController(w)
	if err := ignoreUnsupported(talk.EnableFullDuplex()); err != nil {
		return err
	}
	if err := a.directory.Can(r.Context(), actor, model.UsersManage, 0); err != nil {
		return err
	}
	if !hasNoCondition(r) {
		return errConditionUnsupported()
	}
	i, err := readImportQuery(r)
	if err != nil {
		return err
	}
	format, err := importFormat(r)
	if err != nil {
		return err
	}
	r = web.Unlimited(r)
	flow := idleTimeout{talk, a.Idle}
	body := idleTimeoutReader{flow, http.MaxBytesReader(w, r.Body, a.MaxImport)}
	out := &importReport{to: idleTimeoutWriter{flow, w}}
	tally, err := a.directory.Import(r.Context(), actor, i, userfile.Read(body, format), out.writeStep)
	if err == nil {
		return out.writeLines(newSummary(i, tally))
	}
	if !out.started {
		return err
	}
	p := problemFor(err)
	if p.Status >= http.StatusInternalServerError && !web.ClientClosed(r) {
		a.Log.ErrorContext(r.Context(), "import of users failed", "id", web.RequestID(r.Context()), "error", err)
	}
	return out.writeLines(importFailure{"error", p})
}

// readImportQuery reads the query. A dry run needs no name, because it is never resumed.
func readImportQuery(r *http.Request) (importer.Import, error) {
	query, err := web.ReadQuery(r)
	if err != nil {
		return importer.Import{}, err
	}
	i := importer.Import{}
	if i.Name, _, err = query.Text("name"); err != nil {
		return i, err
	}
	if i.DryRun, _, err = query.Bool("dry_run"); err != nil {
		return i, err
	}
	if i.DryRun && i.Name == "" {
		i.Name = "dry run " + rand.Text()
	}
	return i, nil
}

// importFormat returns the format for the Content-Type. JSON Lines has no registered media type; both of the common ones
// are accepted.
func importFormat(r *http.Request) (userfile.Format, error) {
	kind, _, err := web.ContentType(r)
	switch {
	case err != nil:
		return "", err
	case kind == "text/csv":
		return userfile.CSV, nil
	case kind == "application/jsonl", kind == "application/x-ndjson":
		return userfile.JSONL, nil
	}
	return "", &web.Error{Status: http.StatusUnsupportedMediaType, Code: web.UnsupportedMediaType,
		Msg: "send users as text/csv or application/jsonl, in UTF-8"}
}

// importReport writes the response of an import as JSON Lines. Before the first line, an error can still have its own
// status.
type importReport struct {
	to      idleTimeoutWriter
	started bool
}

// writeStep writes the rejected lines of a batch and then its progress.
func (n *importReport) writeStep(s importer.Step) error {
	lines := make([]any, 0, len(s.Refused)+1)
	for _, r := range s.Refused {
		lines = append(lines, importRejection{"refused", r.Line, r.Excerpt, fieldErrors(r.Faults)})
	}
	kind := "progress"
	if s.Tally.Resumed && !n.started {
		kind = "resumed"
	}
	return n.writeLines(append(lines, importProgress{kind, newTally(s.Tally)})...)
}

// writeLines writes several lines at once.
func (n *importReport) writeLines(lines ...any) error {
	if !n.started {
		n.started = true
		n.to.Header().Set("Content-Type", "application/jsonl")
	}
	var b strings.Builder
	for _, line := range lines {
		text, err := json.Marshal(line)
		if err != nil {
			return fmt.Errorf("encode the import report: %w", err)
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	_, err := io.WriteString(n.to, b.String())
	return err
}
