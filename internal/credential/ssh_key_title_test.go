package credential_test

import (
	"strings"
	"testing"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestTitleThatContainsAKeyIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	line := sshLine(t)
	for _, title := range []string{line, "desk " + line, strings.Fields(line)[1]} {
		_, err := h.AddKey(t.Context(), operator(), ada.ID, model.NewKey{Title: title, Key: line})
		wantKind(t, err, fault.Invalid)
		wantFault(t, err, "title", fault.Malformed)
	}
	for _, key := range []string{line + " " + line, line + " desk " + line, line + " " + strings.Fields(line)[1]} {
		_, err := h.AddKey(t.Context(), operator(), ada.ID, model.NewKey{Key: key})
		wantKind(t, err, fault.Invalid)
		wantFault(t, err, "key", fault.Malformed)
	}
	if _, err := h.AddKey(t.Context(), operator(), ada.ID, model.NewKey{Title: "ssh-ed25519 of AAAA", Key: line}); err != nil {
		t.Error("an honest title:", err)
	}
}
