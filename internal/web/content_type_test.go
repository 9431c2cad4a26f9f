package web_test

import (
	"errors"
	"testing"

	"roster.example/roster/internal/web"
)

func TestDeclaredCharacterSetIsReadAsUTF8OrRejected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		charset, body string
		status        int // 0 if the body is read
	}{
		{"utf-8", "ä", 0}, {"UTF-8", "ä", 0}, {"utf8", "ä", 0}, {"UTF_8", "ä", 0}, {`"utf-8"`, "ä", 0}, {"utf-8-sig", "ä", 0}, {"", "ä", 0},
		{"us-ascii", "a", 0}, {"ASCII", "a", 0}, {"ANSI_X3.4-1968", "a", 0}, {`"iso_646.irv:1991"`, "a", 0},
		{"us-ascii", "ä", 400}, {"us-ascii", "\xe4", 400}, {"utf-8", "\xe4", 400},
		{"iso-8859-1", "a", 415}, {"latin1", "a", 415}, {"utf-16", "a", 415}, {"windows-1252", "a", 415}, {"utf-7", "a", 415}, {"utf", "a", 415},
	} {
		header := "; charset=" + c.charset
		if c.charset == "" {
			header = ""
		}
		for kind, body := range map[string]string{asJSON: `{"a":"` + c.body + `"}`, asForm: "a=" + c.body} {
			got, err := read("POST", "", kind+header, body, web.ParamOptions{})
			status := 0
			if bad, ok := errors.AsType[*web.Error](err); ok {
				status = bad.Status
			}
			if status != c.status {
				t.Errorf("%s%s: %v, %v", kind, header, got, err)
			}
		}
	}
}
