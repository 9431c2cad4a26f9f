package apitest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// splitMessage splits a section into its first line, header lines and body. The newline at the end of the section is not
// part of the body.
func splitMessage(text string) (first string, header []string, body string) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	head, body, _ := strings.Cut(text, "\n\n")
	first, rest, _ := strings.Cut(head, "\n")
	return strings.TrimSpace(first), lines(rest), strings.TrimSuffix(body, "\n")
}

// parseRequest parses a request section for the server at base.
func parseRequest(base, text string) (*http.Request, error) {
	if strings.HasPrefix(text, "curl ") {
		return Curl(base, text)
	}
	first, header, body := splitMessage(text)
	method, target, ok := strings.Cut(first, " ")
	if !ok || !strings.HasPrefix(target, "/") {
		return nil, fmt.Errorf("%q is not a method and a path", first)
	}
	r, err := http.NewRequest(method, strings.TrimSuffix(base, "/")+target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	for _, line := range header {
		if err := setHeader(r, line); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func setHeader(r *http.Request, line string) error {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("%q is not a header", line)
	}
	value = strings.TrimSpace(value)
	if strings.EqualFold(name, "Host") {
		r.Host = value
		return nil
	}
	r.Header.Add(name, value)
	return nil
}

// compareResponse compares a response with a response section. It reports all differences with the whole response.
func compareResponse(want string, got *response, v vars) error {
	first, header, body := splitMessage(want)
	errs := []error{compareStatus(first, got)}
	for _, line := range header {
		errs = append(errs, compareHeader(line, got.header, v))
	}
	errs = append(errs, compareBody(body, got, v))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w\nthe response was: %d %s\n%s", err, got.status, got.header.Get("Content-Type"), got.body)
	}
	return nil
}

func compareStatus(first string, got *response) error {
	status, kind, _ := strings.Cut(first, " ")
	if n, err := strconv.Atoi(status); err != nil || n != got.status {
		return fmt.Errorf("status: want %s, got %d", status, got.status)
	}
	values := got.header.Values("Content-Type")
	have := strings.Join(values, ", ")
	if !strings.Contains(kind, ";") {
		have, _, _ = strings.Cut(have, ";")
	}
	switch {
	case kind == "none" && len(values) > 0:
		return fmt.Errorf("content type: want none, got %s", have)
	case kind != "" && kind != "none" && kind != have:
		return fmt.Errorf("content type: want %s, got %q", kind, have)
	}
	return nil
}

func compareHeader(line string, got http.Header, v vars) error {
	if name, ok := strings.CutPrefix(line, "!"); ok {
		if values := got.Values(name); len(values) > 0 {
			return fmt.Errorf("header %s: want none, got %q", name, values)
		}
		return nil
	}
	name, want, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("%q is not a header", line)
	}
	want = strings.TrimSpace(want)
	values, cause := got.Values(name), errors.New("it is missing")
	for _, value := range values {
		if cause = matchHeader(want, value, v); cause == nil {
			return nil
		}
	}
	return fmt.Errorf("header %s: want %s, got %q: %w", name, want, values, cause)
}

// matchHeader compares a value with a text or a /regexp/.
func matchHeader(want, value string, v vars) error {
	if len(want) < 3 || want[0] != '/' || want[len(want)-1] != '/' {
		return v.match(want, value)
	}
	re, err := regexp.Compile(want[1 : len(want)-1])
	if err != nil {
		return err
	}
	if !re.MatchString(value) {
		return errors.New("no match")
	}
	return nil
}

func compareBody(want string, got *response, v vars) error {
	kind, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	isJSON := err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
	if isJSON && strings.TrimSpace(want) != "" {
		return compareJSON(want, got.body, v)
	}
	return v.match(strings.TrimRight(want, "\r\n"), strings.TrimRight(strings.ReplaceAll(got.body, "\r\n", "\n"), "\n"))
}
