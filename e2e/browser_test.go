//go:build !race

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// screenshotsVariable is the environment variable with the folder for pictures of the pages. Without it,
// no pictures are made.
const screenshotsVariable = "ROSTER_SCREENSHOTS"

// chromium is a real browser. Its windows share the process, but no cookies.
type chromium struct {
	*server
	input  io.Writer
	output *bufio.Reader
	errors *bytes.Buffer
	opened *int // number of windows
}

// in returns the browser for a part of the test.
func (b *chromium) in(t testing.TB) *chromium {
	s, part := *b.server, *b
	s.t, part.server = t, &s
	return &part
}

// chromium starts the driver browser.js, which ends with the test.
func (s *server) chromium(base string) *chromium {
	s.t.Helper()
	args := []string{base}
	if folder := os.Getenv(screenshotsVariable); folder != "" {
		s.must(os.MkdirAll(folder, 0o755))
		args = append(args, folder)
	}
	program, err := filepath.Abs(filepath.Join("clients", "browser.js"))
	s.must(err)
	cmd := exec.Command(program, args...)
	b := &chromium{server: s, errors: &bytes.Buffer{}, opened: new(int)}
	cmd.Env, cmd.Stderr = []string{"PATH=" + os.Getenv("PATH")}, b.errors
	input, err := cmd.StdinPipe()
	s.must(err)
	output, err := cmd.StdoutPipe()
	s.must(err)
	b.input, b.output = input, bufio.NewReader(output)
	s.must(cmd.Start())
	s.t.Cleanup(func() {
		if err := input.Close(); err != nil {
			s.t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			s.t.Errorf("browser.js: %v\n%s", err, b.errors)
		}
	})
	return b
}

// do sends one command to the driver.
func (b *chromium) do(result any, command document) {
	b.t.Helper()
	line, err := json.Marshal(command)
	if err == nil {
		_, err = b.input.Write(append(line, '\n'))
	}
	if err != nil {
		b.t.Fatalf("%s: %v (if an interpreter or module is missing: run make setup)", line, err)
	}
	text, err := b.output.ReadBytes('\n')
	if err != nil {
		b.t.Fatalf("%s: %v (if an interpreter or module is missing: run make setup)\n%s", line, err, text)
	}
	var failure struct{ Error string }
	if err := json.Unmarshal(text, &failure); err != nil || failure.Error != "" {
		b.t.Fatalf("%s: %v %s", line, err, failure.Error)
	}
	if err := json.Unmarshal(text, result); err != nil {
		b.t.Fatalf("%s: %v", text, err)
	}
}

// window is a window of a browser with cookies of its own.
type window struct {
	*chromium
	number int
	at     windowState
	looks  string // begins the names of pictures
}

// windowState is what a window shows.
type windowState struct {
	Status int
	Title  string
	Path   string
	Errors []string // errors that the browser reported since the state before
	Saved  string   // text of the file that the browser has saved
	Frames []string // texts of the frames
}

// open opens a window. The options are those of the command "open" of browser.js.
func (b *chromium) open(options document) *window {
	b.t.Helper()
	*b.opened++
	w := &window{chromium: b, number: *b.opened}
	w.command("open", options)
	return w
}

// command sends a command for the window and checks what the browser reported.
func (w *window) command(do string, arguments document) {
	w.t.Helper()
	w.at = windowState{}
	sent := document{"do": do, "page": w.number}
	maps.Copy(sent, arguments)
	w.do(&w.at, sent)
	for _, report := range w.at.Errors {
		// The browser notes the status of each rejected form.
		expected := "the server responded with a status of 4"
		if arguments["fails"] == true {
			expected = "the server responded with a status of 5"
		}
		if !strings.Contains(report, expected) {
			w.t.Errorf("%s %v leads to %s: the browser reports %q", do, arguments, w.at.Path, report)
		}
	}
}

func (w *window) visit(url string) { w.t.Helper(); w.command("goto", document{"url": url}) }

// press clicks an element that leads to a page.
func (w *window) press(selector string) {
	w.t.Helper()
	w.command("press", document{"selector": selector})
}

// send fills in fields, given as selector and value, and clicks the button.
func (w *window) send(button string, fields ...string) {
	w.t.Helper()
	w.command("fill", document{"fields": pairs(fields)})
	w.press(button)
}

// keyboard fills in and sends a form with the keyboard alone. Fields are given as name and value.
func (w *window) keyboard(fields ...string) {
	w.t.Helper()
	w.command("type", document{"fields": pairs(fields)})
}

func pairs(fields []string) map[string]string {
	byName := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		byName[fields[i]] = fields[i+1]
	}
	return byName
}

// texts returns the texts of the elements that match.
func (w *window) texts(selector string) []string {
	w.t.Helper()
	var result struct{ Texts []string }
	w.do(&result, document{"do": "texts", "page": w.number, "selector": selector})
	return result.Texts
}

// only returns the text of the one element that matches.
func (w *window) only(selector string) string {
	w.t.Helper()
	found := w.texts(selector)
	if len(found) != 1 {
		w.t.Fatalf("%s has %d elements %s", w.at.Path, len(found), selector)
	}
	return found[0]
}

// shows checks the status and the title of the page, and looks at it: accessibility, width and colors on a
// desktop and a phone, in light and dark, at high zoom and with more space in the text, its focus and its
// links. name is that of the pictures.
func (w *window) shows(name string, status int, title string) {
	w.t.Helper()
	w.is(status, title)
	var result struct{ Problems []string }
	w.do(&result, document{"do": "look", "page": w.number, "name": w.looks + name})
	for _, problem := range result.Problems {
		w.t.Errorf("%s (%s): %s", name, w.at.Path, problem)
	}
}

// is checks the status and the title of the page.
func (w *window) is(status int, title string) {
	w.t.Helper()
	if w.at.Status != status || strings.TrimSuffix(w.at.Title, " · Roster") != title {
		w.t.Fatalf("%s: %d %q, want %d %q\n%s", w.at.Path, w.at.Status, w.at.Title, status, title, strings.Join(w.texts("main"), "\n"))
	}
}
