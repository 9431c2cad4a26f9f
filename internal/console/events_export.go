package console

import (
	"bufio"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/web"
)

// eventStall is how long the browser may take to accept a batch of events.
const eventStall = time.Minute

// eventColumns are the columns of the files, with the names of the native API.
var eventColumns = []string{
	"id", "at", "verb", "actor_id", "real_actor_id", "credential", "target", "target_id", "user_id", "organization_id", "api", "address", "detail",
	"previous", "hash",
}

// numberColumns are the columns whose values are numbers in JSON.
var numberColumns = []string{"id", "actor_id", "real_actor_id", "target_id", "user_id", "organization_id"}

func eventCells(e model.Event) []string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []string{
		number(int64(e.ID)), e.At.UTC().Format(time.RFC3339Nano), string(e.Verb), number(int64(e.Actor)), number(int64(e.Impersonator)),
		string(e.Credential), e.Target, number(e.TargetID), number(int64(e.User)), number(int64(e.Org)), string(e.API), e.Address, e.Detail,
		hex.EncodeToString(e.Previous), hex.EncodeToString(e.Hash),
	}
}

// exportEvents writes the events of a filter as a file, oldest first.
func (p *pages) exportEvents(w http.ResponseWriter, r *http.Request, a admin) error {
	v, err := p.readEventView(r, a)
	if err != nil {
		return err
	}
	format, err := web.QueryText(r, "format")
	if err != nil {
		return err
	}
	next := v.filter
	next.After, next.Before, next.Limit = 0, 0, model.MaxEvents
	var events []model.Event
	if len(v.unknown) == 0 {
		if events, err = p.Directory.Events(r.Context(), a.Actor, next); err != nil {
			return err // as a page
		}
	}
	kind := "application/jsonl"
	if format != "jsonl" {
		kind, format = "text/csv; charset=utf-8; header=present", "csv"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="events.`+format+`"`)
	if r.Method == http.MethodHead {
		return nil
	}
	r = web.Unlimited(r)
	file := newEventFile(w, format)
	for err == nil {
		if err = file.writeBatch(events); err != nil || len(events) < model.MaxEvents {
			break
		}
		next.After = events[len(events)-1].ID
		if err = admission.In(r.Context()).Resume(r.Context()); err == nil {
			events, err = p.Directory.Events(r.Context(), a.Actor, next)
		}
	}
	if err == nil {
		return nil
	}
	if !web.ClientClosed(r) {
		p.Log.ErrorContext(r.Context(), "export of events failed", "id", web.RequestID(r.Context()), "error", err)
	}
	panic(http.ErrAbortHandler) // only a closed connection shows that the file is incomplete
}

// eventFile writes events as CSV or JSON Lines.
type eventFile struct {
	connection *http.ResponseController
	out        *bufio.Writer
	table      *csv.Writer // nil for JSON Lines
}

func newEventFile(w http.ResponseWriter, format string) *eventFile {
	f := &eventFile{connection: http.NewResponseController(w), out: bufio.NewWriter(w)}
	if format != "jsonl" {
		f.table = csv.NewWriter(f.out)
		_ = f.table.Write(eventColumns) // an error stays in the writer
	}
	return f
}

func (f *eventFile) writeBatch(events []model.Event) error {
	if err := f.connection.SetWriteDeadline(time.Now().Add(eventStall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	for _, e := range events {
		if err := f.write(eventCells(e)); err != nil {
			return err
		}
	}
	if f.table != nil {
		f.table.Flush()
		return errors.Join(f.table.Error(), f.out.Flush())
	}
	return f.out.Flush()
}

func (f *eventFile) write(cells []string) error {
	if f.table != nil {
		for i := range cells {
			cells[i] = unitext.EscapeFormulas(cells[i])
		}
		return f.table.Write(cells)
	}
	line := map[string]any{}
	for i, name := range eventColumns {
		line[name] = cells[i]
		if slices.Contains(numberColumns, name) {
			line[name] = json.Number(cells[i])
		}
	}
	return json.NewEncoder(f.out).Encode(line)
}
