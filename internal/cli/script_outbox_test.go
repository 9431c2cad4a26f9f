package cli_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var tokenInMail = regexp.MustCompile(`[?&]token=([A-Za-z0-9_-]+)`)

// outboxToken waits until the outbox has COUNT emails to ADDRESS, and sets NAME to the token in the
// newest.
func outboxToken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: outbox-token COUNT ADDRESS NAME")
	}
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = errors.New("no email")
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline) && err != nil; time.Sleep(5 * time.Millisecond) {
		var newest string
		if newest, err = mailTo(filepath.Join(ts.Getenv("DATA"), "outbox"), args[1], count); err == nil {
			ts.Setenv(args[2], newest)
		}
	}
	ts.Check(err)
}

// mailTo returns the token in the newest of the emails to an address.
func mailTo(outbox, address string, count int) (string, error) {
	files, err := filepath.Glob(filepath.Join(outbox, "*.eml"))
	if err != nil {
		return "", err
	}
	slices.Sort(files)
	var tokens []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if !strings.Contains(string(text), "To: <"+address+">") {
			continue
		}
		token := ""
		if found := tokenInMail.FindStringSubmatch(string(text)); found != nil {
			token = found[1]
		}
		tokens = append(tokens, token)
	}
	if len(tokens) != count {
		return "", fmt.Errorf("%d emails to %s, want %d", len(tokens), address, count)
	}
	return tokens[count-1], nil
}

// capture sets NAME to the group of PATTERN in stdout.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) < 2 {
		ts.Fatalf("stdout does not match %s: %s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], found[1])
}
