package secret_test

import (
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/secret"
)

// sums returns sorted lines for some passwords, with counts of different lengths.
func sums(passwords ...string) []string {
	var lines []string
	for i, p := range passwords {
		line := fmt.Sprintf("%X", sha1.Sum([]byte(p)))
		if i%3 > 0 {
			line += fmt.Sprintf(":%d", i*i*i)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func many(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("password number %d", i))
	}
	return all
}

func listFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "breached.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryBreachedPasswordIsFoundAndNoOther(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 50, 5000} {
		for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
			for _, last := range []string{"", end} {
				held := many(n)
				b, err := secret.OpenBreached(listFile(t, strings.Join(sums(held...), end)+last))
				if err != nil {
					t.Fatalf("%d lines, %s: %v", n, name, err)
				}
				for _, p := range held {
					if found, err := b.Contains(p); err != nil || !found {
						t.Fatalf("%d lines, %s: %q is not found: %v", n, name, p, err)
					}
				}
				for i := range 300 {
					if found, err := b.Contains(fmt.Sprintf("another %d", i)); err != nil || found {
						t.Fatalf("%d lines, %s: another is found: %v, %v", n, name, found, err)
					}
				}
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestListInSmallLettersIsReadAsWell(t *testing.T) {
	t.Parallel()
	b, err := secret.OpenBreached(listFile(t, strings.ToLower(strings.Join(sums(many(9)...), "\n"))))
	if err != nil {
		t.Fatal(err)
	}
	if found, err := b.Contains("password number 4"); err != nil || !found {
		t.Errorf("found %v, %v", found, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestUnsortedListIsRejected(t *testing.T) {
	t.Parallel()
	good := sums(many(3000)...)
	turned := slices.Clone(good)
	slices.Reverse(turned)
	for name, c := range map[string]struct{ text, says string }{
		"empty":             {"", "is empty or not a file"},
		"in another order":  {strings.Join(turned, "\n"), "is not in order"},
		"short, unordered":  {good[1] + "\n" + good[0], "is not in order"},
		"NTLM hashes":       {"B4B9B02E6F09A9BD760F388B67351E2B:12\n", "without a SHA-1"},
		"passwords":         {"letmein\npassword\n", "without a SHA-1"},
		"one endless line":  {strings.Repeat("A", 1000), "without a SHA-1"},
		"a page of the web": {"<!doctype html>\n<html>", "without a SHA-1"},
		"spoiled within":    {strings.Join(good[:9], "\n") + "\n\n" + strings.Join(good[9:20], "\n"), "without a SHA-1"},
	} {
		b, err := secret.OpenBreached(listFile(t, c.text))
		if err == nil || b != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "nowhere.txt")} {
		if _, err := secret.OpenBreached(path); err == nil {
			t.Errorf("%s was opened", path)
		}
	}
}

func TestWithoutAListNoPasswordIsBreached(t *testing.T) {
	t.Parallel()
	var none *secret.Breached
	if found, err := none.Contains("password"); err != nil || found || none.Close() != nil {
		t.Errorf("found %v, %v", found, err)
	}
}

// A list that becomes unreadable must not seem empty.
func TestUnreadableListIsAnError(t *testing.T) {
	t.Parallel()
	b, err := secret.OpenBreached(listFile(t, strings.Join(sums(many(9)...), "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Contains("password number 1"); err == nil {
		t.Error("no error")
	}
}
