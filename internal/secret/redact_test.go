package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"roster.example/roster/internal/secret"
)

const inClear = "hunter2"

// record is a value that a program might print as a whole.
type record struct {
	Name   string
	Secret secret.Text
}

func TestSecretPrintsAsStars(t *testing.T) {
	t.Parallel()
	text := secret.Text(inClear)
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s", "%.3s", "%c"}
	for _, verb := range verbs {
		for _, v := range []any{text, &text, record{"ada", text}, &record{"ada", text}, []secret.Text{text}, map[secret.Text]int{text: 1}} {
			wantHidden(t, fmt.Sprintf("%T with %s", v, verb), fmt.Sprintf(verb, v))
		}
	}
	wantHidden(t, "Sprint", fmt.Sprint(text))
	wantHidden(t, "Errorf", fmt.Errorf("login with %v: %w", text, errNone).Error())
	wantHidden(t, "String", text.String())
	if got := fmt.Sprintf("%v", text); got != "***" {
		t.Errorf("got %q", got)
	}
	if text.Reveal() != inClear {
		t.Errorf("Reveal: got %q", text.Reveal())
	}
}

func TestSecretIsNotLogged(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&buf, nil), slog.NewJSONHandler(&buf, nil)} {
		slog.New(h).Info("login", "token", secret.Text(inClear), "record", record{"ada", inClear})
	}
	wantHidden(t, "log", buf.String())
}

func TestSecretIsNotMarshalled(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal([]any{secret.Text(inClear), record{"ada", inClear}})
	if err != nil {
		t.Fatal(err)
	}
	wantHidden(t, "JSON", string(text))
	text, err = xml.Marshal(record{"ada", inClear})
	if err != nil {
		t.Fatal(err)
	}
	wantHidden(t, "XML", string(text))
}

func TestSecretIsReadFromJSONAsGiven(t *testing.T) {
	t.Parallel()
	var got record
	if err := json.Unmarshal([]byte(`{"Name":"ada","Secret":"hunter2"}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.Secret.Reveal() != inClear {
		t.Errorf("got %q", got.Secret.Reveal())
	}
}

// wantHidden fails if out shows the secret, in clear or in hexadecimal.
func wantHidden(t *testing.T, what, out string) {
	t.Helper()
	for _, form := range []string{inClear, fmt.Sprintf("%x", inClear), fmt.Sprintf("%X", inClear), "hun"} {
		if strings.Contains(out, form) {
			t.Errorf("%s shows the secret: %s", what, out)
		}
	}
	if !strings.Contains(out, "***") {
		t.Errorf("%s shows no stars: %s", what, out)
	}
}

var errNone = errors.New("no such person")
