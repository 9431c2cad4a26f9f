package cli_test

import (
	"encoding/base32"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"roster.example/roster/internal/totp"
)

// totpCommand sets a variable to the code that an authenticator app with this secret shows, a number
// of steps after now.
func totpCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: totp NAME SECRET STEPS")
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(args[1])
	ts.Check(err)
	after, err := strconv.ParseInt(args[2], 10, 64)
	ts.Check(err)
	ts.Setenv(args[0], totp.Code(key, totp.Step(time.Now())+after))
}
