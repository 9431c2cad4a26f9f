package mail

import (
	"bytes"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func outbox(t *testing.T, dir string) (*Outbox, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	b, err := NewOutbox(OutboxOptions{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Now: func() time.Time { return testTime }})
	if err != nil {
		t.Fatal(err)
	}
	return b, &log
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestOutboxFileIsPrivateReadableAndLogged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data", "outbox")
	b, log := outbox(t, dir)
	if err := b.Send(t.Context(), testMessage()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"20261105T140300Z-0001-ada@example.org.eml"}; !slices.Equal(names(t, dir), want) {
		t.Fatalf("files %q, want %q", names(t, dir), want)
	}
	file := filepath.Join(dir, "20261105T140300Z-0001-ada@example.org.eml")
	for path, want := range map[string]os.FileMode{file: 0o600, dir: 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, error %v, want %v", path, info.Mode(), err, want)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := mail.ReadMessage(bytes.NewReader(text)); err != nil || m.Header.Get("To") != "<ada@example.org>" {
		t.Errorf("the file is not a mail: %v\n%s", err, text)
	}
	// The link is not encoded, so that scripts can extract it.
	if !strings.Contains(string(text), "\r\n"+testMessage().Link+"\r\n") {
		t.Errorf("the link is not on a line of its own:\n%s", text)
	}
	for _, want := range []string{`msg="email written"`, "file=" + file} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log lacks %q: %s", want, log)
		}
	}
	if strings.Contains(log.String(), testMessage().Link) || strings.Contains(log.String(), "token") {
		t.Errorf("the log has the link: %s", log)
	}
}

func TestOutboxOverwritesNoFilesAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		b, _ := outbox(t, dir)
		for range 2 {
			if err := b.Send(t.Context(), testMessage()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(names(t, dir)); n != 4 {
		t.Errorf("%d files, want 4: %q", n, names(t, dir))
	}
}

func TestDraftsOfAKilledProcessAreRemovedFromTheOutbox(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{".new-123", "20261105T140300Z-0001-ada@example.org.eml"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outbox(t, dir)
	if got, want := names(t, dir), []string{"20261105T140300Z-0001-ada@example.org.eml"}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

func TestOutboxNamesStayInTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, _ := outbox(t, dir)
	m := testMessage()
	m.To = "a/b|c*@example.org"
	if err := b.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := names(t, dir)
	if want := []string{"20261105T140300Z-0001-a_b_c_@example.org.eml"}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

func TestFullDiskIsAnErrorThatIsRetried(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "outbox")
	b, log := outbox(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := b.Send(t.Context(), testMessage()); err == nil || isPermanent(err) {
		t.Errorf("got %v, want an error that can be retried", err)
	}
	if log.Len() != 0 {
		t.Errorf("it logged an email that does not exist: %s", log)
	}
}
