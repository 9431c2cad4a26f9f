package cli_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// damage damages a file like a broken disk: it truncates the file, writes zeros or garbage at an
// offset, or flips a bit there. A negative offset counts from the end.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: damage FILE cut|zero|garbage|flip OFFSET")
	}
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	at, err := strconv.Atoi(args[2])
	ts.Check(err)
	if at < 0 {
		at += len(text)
	}
	if at < 0 || at >= len(text) {
		ts.Fatalf("%s has %d bytes", args[0], len(text))
	}
	switch args[1] {
	case "cut":
		text = text[:at]
	case "zero":
		clear(text[at:min(at+4096, len(text))])
	case "garbage":
		copy(text[at:], bytes.Repeat([]byte("\x1b]0;\xff\x00!"), 512))
	case "flip":
		text[at] ^= 0x10
	default:
		ts.Fatalf("there is no damage %q", args[1])
	}
	ts.Check(os.WriteFile(path, text, 0o600))
}

// awaitSize waits until a file has a size; "+" means any.
func awaitSize(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await-size FILE SIZE")
	}
	path, size := ts.MkAbs(args[0]), int64(-1)
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if info, err := os.Stat(path); err == nil {
			size = info.Size()
		}
		if fmt.Sprint(size) == args[1] || args[1] == "+" && size > 0 {
			return
		}
	}
	ts.Fatalf("%s has %d bytes, want %s", args[0], size, args[1])
}

// awaitStatus repeats a GET until its response has a status.
func awaitStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await-status PATH STATUS")
	}
	got := 0
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get(ts.Getenv("URL") + args[0])
		ts.Check(err)
		ts.Check(answer.Body.Close())
		if got = answer.StatusCode; fmt.Sprint(got) == args[1] {
			return
		}
	}
	ts.Fatalf("%s answers %d, want %s", args[0], got, args[1])
}

// awaitChange waits until a file differs from an earlier copy.
func awaitChange(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await-change FILE COPY")
	}
	before := ts.ReadFile(args[1])
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if now, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && string(now) != before {
			return
		}
	}
	ts.Fatalf("%s is what it was", args[0])
}
