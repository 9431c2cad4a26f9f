package authorizedkeys

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// FuzzResponse parses any response of a server. Every line that sshd gets is one key without options,
// because options can run commands.
func FuzzResponse(f *testing.F) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEfUrjsIjDCnE+bB6YLk6p4WPneOcIoKKGhM8GQdSi2K"
	for _, text := range []string{key + " laptop\n", key + "\r\n\n" + key, `command="sh" ` + key, "# comment\n" + key, key + "\vcommand", "<html>", "", "\x00"} {
		f.Add(text, "")
	}
	f.Add(key, "Mon, 02 Jan 2006 15:04:05 GMT")
	f.Add(key, "never")
	f.Fuzz(func(t *testing.T, text, expires string) {
		resp, err := read(&http.Response{
			Header: http.Header{"Content-Type": {"text/plain"}, "Expires": {expires}}, Body: io.NopCloser(strings.NewReader(text)),
		})
		if err != nil {
			return
		}
		keys, err := resp.keys()
		if err != nil {
			return
		}
		for _, k := range keys {
			line := k.String()
			_, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
			if err != nil || len(options) > 0 || len(rest) > 0 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("%q becomes %q: options %q, rest %q, %v", text, line, options, rest, err)
			}
		}
	})
}
