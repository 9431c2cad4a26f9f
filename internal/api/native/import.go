package native

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/userfile"
	"roster.example/roster/internal/web"
)

// importPeople answers POST /users/import: it makes people while their lines
// arrive, and tells of each batch when it is on disk.
func (a api) importUsers(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	// net/http would else read on before it answers, and could not tell afterwards
	// where the next request begins.
	w.Header().Set("Connection", "close")
	talk := http.NewResponseController(w)
	if err := ignoreUnsupported(talk.EnableFullDuplex()); err != nil {
		return err
	}
	if err := a.directory.Can(r.Context(), who, directory.UsersManage, 0); err != nil {
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
	tally, err := a.directory.Import(r.Context(), who, i, userfile.Read(body, format), out.writeStep)
	if err == nil {
		return out.writeLines(newSummary(i, tally))
	}
	if !out.started {
		return err
	}
	p := problemFor(err)
	if p.Status >= http.StatusInternalServerError && !web.ClientClosed(r) {
		a.Log.ErrorContext(r.Context(), "an import ended", "id", web.RequestID(r.Context()), "error", err)
	}
	return out.writeLines(importFailure{"error", p})
}

// importOf reads the query. A dry run needs no name: nobody resumes it.
func readImportQuery(r *http.Request) (directory.Import, error) {
	query, err := web.ReadQuery(r)
	if err != nil {
		return directory.Import{}, err
	}
	i := directory.Import{}
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

// formatOf goes by the Content-Type. JSON Lines has no registered type yet; both
// are in use.
func importFormat(r *http.Request) (userfile.Format, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err == nil && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		switch kind {
		case "text/csv":
			return userfile.CSV, nil
		case "application/jsonl", "application/x-ndjson":
			return userfile.JSONL, nil
		}
	}
	return "", &web.Error{Status: http.StatusUnsupportedMediaType, Code: web.UnsupportedMediaType,
		Msg: "send people as text/csv or application/jsonl, in UTF-8"}
}

// news are the lines of the answer to an import. The answer begins with the first
// of them: before, an error still has a status of its own.
type importReport struct {
	to      idleTimeoutWriter
	started bool
}

// step tells of a batch: refused lines first.
func (n *importReport) writeStep(s directory.ImportStep) error {
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

// line writes lines together.
func (n *importReport) writeLines(lines ...any) error {
	if !n.started {
		n.started = true
		n.to.Header().Set("Content-Type", "application/jsonl")
	}
	var b strings.Builder
	for _, line := range lines {
		text, err := json.Marshal(line)
		if err != nil {
			return fmt.Errorf("tell how an import goes: %w", err)
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	_, err := io.WriteString(n.to, b.String())
	return err
}
