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

	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// handler is the type of the handlers of all routes.
type handler = func(http.ResponseWriter, *http.Request, model.Actor) error

// idempotencyKey is the name of the header (draft-ietf-httpapi-idempotency-key-header).
const idempotencyKey = "Idempotency-Key"

// maxKeyedBody limits the bodies of requests with a key. They are read into memory before the operation, to compute their
// hash.
const maxKeyedBody = 1 << 20

// withIdempotencyKey executes requests with the same Idempotency-Key once and answers repetitions with the stored response.
// Operations of one transaction store their response themselves, see [addKeyed]. If storeLater is true, the response is
// stored after the operation, which consists of several transactions.
func (t *routeTable) withIdempotencyKey(serve handler, late bool) handler {
	return func(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
		key, given, err := web.SingleHeader(r, idempotencyKey)
		if err != nil {
			return err
		}
		if !given {
			return serve(w, r, actor)
		}
		if len(key) > 255 {
			return &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Field: idempotencyKey, Msg: "the key is longer than 255 bytes"}
		}
		request, err := hashRequest(r)
		if err != nil {
			return err
		}
		before, err := t.directory.LookupResponse(r.Context(), actor, key, request)
		if err != nil {
			return err
		}
		if before != nil {
			return replayResponse(w, before)
		}
		r = r.WithContext(idempotency.WithKey(r.Context(), key, request))
		if !late {
			return serve(w, r, actor)
		}
		recorder := &responseRecorder{ResponseWriter: w}
		if err := serve(recorder, r, actor); err != nil || recorder.Status/100 != 2 {
			return err
		}
		return t.storeResponse(r, actor, recorder)
	}
}

// hashRequest returns a hash of method, URL and body, and restores the body.
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

// storeTimeout limits storing the response. It does not depend on the context of the request, because a client that
// disconnected is likely to repeat the request.
const storeTimeout = 10 * time.Second

// storeResponse stores a response that was already written. If this fails, a repetition of the request is answered with a
// conflict, and the error is logged.
func (t *routeTable) storeResponse(r *http.Request, actor model.Actor, a *responseRecorder) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	text, err := json.Marshal(storedResponse{Status: a.Status, Body: a.Body})
	if err == nil {
		err = t.directory.StoreResponse(ctx, actor, text)
	}
	if err != nil {
		web.SetError(r, fmt.Errorf("store the response for the idempotency key: %w", err))
	}
	return nil
}

// storedResponse is the stored form of a response.
type storedResponse struct {
	Status   int
	Location string
	ETag     string
	Body     []byte
}

// encodeResponse encodes the response of an operation. out has a field Body, and may have Location and ETag.
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

// responseRecorder passes a response on and records it.
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

// Unwrap supports http.ResponseController.
func (k *responseRecorder) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// replayResponse writes a stored response with the header Idempotency-Replayed.
func replayResponse(w http.ResponseWriter, encoded []byte) error {
	var a storedResponse
	if err := json.Unmarshal(encoded, &a); err != nil {
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
