package web_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/web"
)

// FuzzParams reads any bytes as query, form and JSON. Refusals are *Error with
// a client's status; what was read as JSON reads the same when written again;
// no getter panics.
func FuzzParams(f *testing.F) {
	f.Add("a=1&b[c]=2", asForm, "d[]=3&a=4")
	f.Add("", asJSON, `{"a":{"b":[1,null,"x"]},"c":false}`)
	f.Add("", asJSON, `{"a":1,"a":2}`)
	f.Add("", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--")
	f.Add("%", "", "\xff")
	f.Fuzz(func(t *testing.T, query, contentType, body string) {
		p, err := read("POST", query, contentType, body, web.Limit{Body: 4096})
		if err != nil {
			if e, ok := errors.AsType[*web.Error](err); !ok || e.Status < 400 || e.Status > 499 {
				t.Errorf("refused with %#v", err)
			}
			return
		}
		for name := range p {
			_, _, _ = p.Text(name)
			_, _, _ = p.Int(name)
			_, _, _ = p.Bool(name)
			_ = p.Present(name)
		}
		written, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read("POST", "", asJSON, string(written), web.Limit{Body: 1 << 20})
		if diff := cmp.Diff(p, again); diff != "" || err != nil {
			t.Errorf("%s reads differently: %s %v", written, diff, err)
		}
	})
}
