package cli_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"roster.example/roster/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"roster": func() { os.Exit(cli.Main()) },
	})
}

// TestScripts runs the scripts in testdata/script with the real program, each in a folder of its
// own. In addition to the commands of testscript, there are:
//
//	serve [ARGS...]              start a server; sets $URL and $SETUP
//	dev [ARGS...]                start a server with sample data
//	halt [KILL]                  stop it with SIGTERM, with exit status 0, or kill it
//	halt-during PATH BODY        stop it during a request, which must get a response
//	get PATH [AUTH]              send a GET; AUTH is "Header: value" or user:password
//	send METHOD PATH BODY [AUTH...]
//	                             send a request; "stdout" is then the body of the response
//	repeat COUNT METHOD PATH BODY [AUTH...]
//	                             send it COUNT times; # in an argument is the number of the request. "stdout"
//	                             has a line for each response: its status, and "later" if it has Retry-After
//	same METHOD PATH BODY BODY [AUTH...]
//	                             send both bodies; the responses must be equal except for the input and the
//	                             request id
//	status CODE                  check the status of the response
//	mode OCTAL FILE              check the mode of a file
//	damage FILE cut|zero|garbage|flip OFFSET
//	                             damage a file like a broken disk
//	await-size FILE SIZE         wait until a file has this size, or any with +
//	await-change FILE COPY       wait until a file differs from an earlier copy
//	await-status PATH STATUS     wait until a GET has this status
//	sql FILE STATEMENT           change a database file
//	setenv NAME FILE             set NAME to the first line of a file, or of stdout
//	mailserver up [USER:PASSWORD], mailserver down
//	                             start or stop the mail server on $MAILPORT; it is down at first
//	await-emails COUNT PATTERN   wait for COUNT emails, and match the last
//	outbox-token COUNT ADDRESS NAME
//	                             wait for COUNT emails to ADDRESS in the outbox, and set NAME to the token in
//	                             the newest
//	capture NAME PATTERN         set NAME to the group of PATTERN in stdout
//	totp NAME SECRET STEPS       set NAME to the code that an authenticator app shows, STEPS steps from now
//	webhook VERB...              create a webhook for the receiver, in $DATA, without a server
//	receiver up, receiver down, receiver mute
//	                             accept webhook requests, close connections, or accept without a response
//	receiver-secret FILE         set the secret of the receiver to the last line of a file, or of stdout
//	await-call                   wait for a webhook request without a response
//	hash-workers COUNT           wait until the server has COUNT hash workers; after a stop, the former server
//	kill-hash-workers            kill them
//	await-deliveries COUNT       wait for COUNT distinct deliveries, in order for each user
//	compare-exports FILE FILE    compare two exports of personal data; the second has one event more
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Cmds: commands(), Setup: setup, RequireExplicitExec: true, RequireUniqueNames: true,
	})
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"serve": running("serve"), "dev": running("dev"), "halt": halt, "halt-during": haltDuring, "get": get, "send": send, "status": status,
		"damage": damage, "await-size": awaitSize, "await-status": awaitStatus, "await-change": awaitChange,
		"mode": mode, "sql": sqlCommand, "setenv": setenv, "mailserver": mailserver, "await-emails": awaitEmails,
		"hash-workers": hashWorkersCommand, "kill-hash-workers": killHashWorkers, "webhook": makeWebhook, "receiver": receiverMode, "receiver-secret": receiverSecret, "await-call": awaitCall, "await-deliveries": awaitDeliveries, "compare-exports": compareExports,
		"outbox-token": outboxToken, "capture": capture, "repeat": repeat, "same": same, "totp": totpCommand,
	}
}

// setup sets a data folder, a free port, and cheap password hashes for each script.
func setup(env *testscript.Env) error {
	m, err := startMailServer()
	if err != nil {
		return err
	}
	p := &program{mail: m, receiver: startReceiver()}
	env.Values[programKey{}] = p
	env.Defer(func() {
		if p.serving != nil {
			_ = p.serving.process.Process.Kill() // it may have ended
			<-p.serving.ended
		}
		m.stop()
		p.receiver.stop()
	})
	data := filepath.Join(env.WorkDir, "data")
	for name, value := range map[string]string{
		"DATA": data, "ROSTER_DATA": data, "ROSTER_LISTEN": "127.0.0.1:0", "MAILPORT": m.port(), "RECEIVER": p.receiver.URL,
		"ROSTER_PASSWORD_MEMORY_KIB": "8192", "ROSTER_PASSWORD_TIME": "1",
		// The race detector delays the exit of each process by a second.
		"GORACE": "atexit_sleep_ms=10",
	} {
		env.Setenv(name, value)
	}
	return nil
}

// setenv sets a variable to the first line of a file, or of "stdout".
func setenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenv NAME FILE")
	}
	line, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	if line == "" {
		ts.Fatalf("%s is empty", args[1])
	}
	ts.Setenv(args[0], line)
}

func sqlCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql FILE STATEMENT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	result, err := db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
	changed, err := result.RowsAffected()
	ts.Check(err)
	if changed == 0 {
		ts.Fatalf("%s changed nothing", args[1])
	}
}
