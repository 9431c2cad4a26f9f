package native

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// serving is how the rows of the table answer.
type handler = func(http.ResponseWriter, *http.Request, directory.Actor) error

// idempotencyKey is the header of draft-ietf-httpapi-idempotency-key-header.
const idempotencyKey = "Idempotency-Key"

// longestKeyed is how long the body of a request with a key can be; it is read
// before the operation, to be told from other requests.
const maxKeyedBody = 1 << 20

// once lets a request with an Idempotency-Key be done once: who sends it again gets
// the answer of before. The operation stores its answer itself, see [addKeyed], unless
// it is late: one of several transactions.
func (t *routeTable) withIdempotencyKey(serve handler, late bool) handler {
	return func(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
		key := r.Header.Get(idempotencyKey)
		if key == "" {
			return serve(w, r, who)
		}
		if len(key) > 255 {
			return &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Field: idempotencyKey, Msg: "the key is longer than 255 bytes"}
		}
		request, err := hashRequest(r)
		if err != nil {
			return err
		}
		before, err := t.directory.LookupResponse(r.Context(), who, key, request)
		if err != nil {
			return err
		}
		if before != nil {
			return replayResponse(w, before)
		}
		who = who.WithIdempotencyKey(key, request)
		if !late {
			return serve(w, r, who)
		}
		kept := &responseRecorder{ResponseWriter: w}
		if err := serve(kept, r, who); err != nil || kept.Status/100 != 2 {
			return err
		}
		return t.storeResponse(r, who, kept)
	}
}

// digest tells a request from others, and puts its body back.
func hashRequest(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxKeyedBody))
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.New()
	if _, err := fmt.Fprintf(sum, "%s %s\n%s", r.Method, r.URL.RequestURI(), body); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
}

// keepTime is what storing an answer may take, whatever has become of the request:
// who hung up is the one who will ask again.
const storeTimeout = 10 * time.Second

// keep stores an answer that is on its way already: what fails now makes a repeated
// request a conflict, and the log says so.
func (t *routeTable) storeResponse(r *http.Request, who directory.Actor, a *responseRecorder) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	text, err := json.Marshal(storedResponse{Status: a.Status, Body: a.Body})
	if err == nil {
		err = t.directory.StoreResponse(ctx, who, text)
	}
	if err != nil {
		web.SetError(r, fmt.Errorf("keep the answer: %w", err))
	}
	return nil
}

// stored is the answer to a keyed request, as it is stored.
type storedResponse struct {
	Status   int
	Location string
	ETag     string
	Body     []byte
}

// storedAnswer is what an operation answers with out, which has a member Body and
// perhaps Location and ETag.
func encodeResponse(o operation, out any) ([]byte, error) {
	var text bytes.Buffer
	fields := reflect.Indirect(reflect.ValueOf(out))
	if err := marshal(&text, fields.FieldByName("Body").Interface()); err != nil {
		return nil, err
	}
	header := func(name string) string {
		if field := fields.FieldByName(name); field.IsValid() {
			return field.String()
		}
		return ""
	}
	return json.Marshal(storedResponse{cmp.Or(o.status, http.StatusOK), header("Location"), header("ETag"), text.Bytes()})
}

// keeping is an answer that is written, and stored afterwards.
type responseRecorder struct {
	http.ResponseWriter

	Status int
	Body   []byte
}

func (k *responseRecorder) WriteHeader(status int) {
	k.Status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *responseRecorder) Write(b []byte) (int, error) {
	if k.Status == 0 {
		k.Status = http.StatusOK
	}
	k.Body = append(k.Body, b...)
	return k.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (k *responseRecorder) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// repeat gives an answer once more. Idempotency-Replayed says that it is one.
func replayResponse(w http.ResponseWriter, kept []byte) error {
	var a storedResponse
	if err := json.Unmarshal(kept, &a); err != nil {
		return err
	}
	for name, value := range map[string]string{"Location": a.Location, "ETag": a.ETag, "Content-Type": "application/json", "Idempotency-Replayed": "true"} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(a.Status)
	_, err := w.Write(a.Body)
	return err
}
