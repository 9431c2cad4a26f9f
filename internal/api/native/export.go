package native

import (
	"bufio"
	"errors"
	"net/http"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/userfile"
	"roster.example/roster/internal/web"
)

// exportUsers answers GET /api/v1/users/export. The file never contains password hashes.
func (a api) exportUsers(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	if err := a.directory.CheckRecentAuthentication(r.Context(), actor, model.UsersManage); err != nil {
		return err
	}
	format, kind := userfile.JSONL, "application/jsonl"
	requested, err := web.QueryText(r, "format")
	if err != nil {
		return err
	}
	switch requested {
	case "", string(userfile.JSONL):
	case string(userfile.CSV):
		format, kind = userfile.CSV, "text/csv; charset=utf-8; header=present"
	default:
		return &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Field: "format", Msg: "format must be csv or jsonl"}
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="users.`+string(format)+`"`)
	if r.Method == http.MethodHead {
		return nil
	}
	r = web.Unlimited(r)
	out := bufio.NewWriterSize(idleTimeoutWriter{idleTimeout{http.NewResponseController(w), a.Idle}, w}, 64<<10)
	file, err := userfile.NewWriter(out, format, false)
	if err == nil {
		_, err = a.directory.Export(r.Context(), actor, importer.Export{}, func(e importer.Entry) error {
			return errors.Join(file.Write(e), admission.In(r.Context()).Resume(r.Context()))
		})
	}
	if err == nil {
		return out.Flush()
	}
	if !web.ClientClosed(r) {
		a.Log.ErrorContext(r.Context(), "export of users failed", "id", web.RequestID(r.Context()), "error", err)
	}
	// Only a closed connection shows the client that the file is incomplete.
	panic(http.ErrAbortHandler)
}
