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

// TestScripts plays the stories in testdata/script with the real program, each in
// a folder of its own. Beside the commands of testscript, they know:
//
//	serve [ARGS...]              start a server, which sets $URL and $SETUP
//	dev [ARGS...]                likewise, a throw-away one
//	halt [KILL]                  stop it with SIGTERM, after which it must end well, or kill it
//	halt-during PATH BODY        stop it in the middle of a request, which must be answered
//	get PATH [AUTH]              ask it; AUTH is "Header: value" or user:password
//	send METHOD PATH BODY [AUTH...]
//	                             likewise; "stdout" then looks at the body of the answer
//	repeat COUNT METHOD PATH BODY [AUTH...]
//	                             send it COUNT times; # in an argument is the number of the request. "stdout"
//	                             has a line for each answer: its status, and "later" if it has Retry-After
//	same METHOD PATH BODY BODY [AUTH...]
//	                             send both bodies: status, headers and body of the answers must be the same, except
//	                             for the texts that the caller sent and the id of the request
//	status CODE                  look at the status of the answer
//	mode OCTAL FILE              look at the permissions of a file
//	damage FILE cut|zero|garbage|flip OFFSET
//	                             change a file as a broken disk does
//	settled FILE SIZE            wait until a file has this size, or with + any
//	replaced FILE COPY           wait until a file differs from an earlier copy of it
//	becomes PATH STATUS          ask the server until it answers with this status
//	sql FILE STATEMENT           change a database behind the program's back
//	setenv NAME FILE             take the first line of a file, or of stdout
//	mailserver up [USER:PASSWORD], mailserver down
//	                             what listens on $MAILPORT; it is down at first
//	mails COUNT PATTERN          wait until so many letters came, and look at the last
//	mailed COUNT ADDRESS NAME    wait until the outbox holds so many emails to ADDRESS, and set NAME to the
//	                             token in the newest
//	take NAME PATTERN            set NAME to what the group of PATTERN matches in stdout
//	webhook VERB...              make a webhook to the receiver, in $DATA, which nobody may serve meanwhile
//	receiver up, receiver down, receiver mute
//	                             what it does with messages: take them, hang up, or take and not answer
//	trust FILE                   what it takes messages by from now on: the last line of a file, or of stdout
//	called                       wait until a message came that was not answered
//	hashWorkers COUNT                wait until so many processes hash for the server; once it has
//	                             stopped, for those of before
//	kill-hashWorkers                 kill them
//	received COUNT               wait until so many different messages were taken, in order for each person
//	alike FILE FILE              look at two exports of a person: the second has one event more
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Cmds: commands(), Setup: setup, RequireExplicitExec: true, RequireUniqueNames: true,
	})
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"serve": running("serve"), "dev": running("dev"), "halt": halt, "halt-during": haltDuring, "get": get, "send": send, "status": status,
		"damage": damage, "settled": settled, "becomes": becomes, "replaced": replaced,
		"mode": mode, "sql": sqlCommand, "setenv": setenv, "mailserver": mailserver, "mails": mails,
		"hashers": hashWorkersCommand, "kill-hashers": killHashWorkers, "webhook": makeWebhook, "receiver": receiverMode, "trust": trust, "called": called, "received": received, "alike": alike,
		"mailed": mailed, "take": take, "repeat": repeat, "same": same,
	}
}

// setup gives each script a data folder, a free port, and cheap passwords.
func setup(env *testscript.Env) error {
	m, err := startMailServer()
	if err != nil {
		return err
	}
	p := &program{mail: m, receiver: startReceiver()}
	env.Values[programKey{}] = p
	env.Defer(func() {
		if p.serving != nil {
			_ = p.serving.process.Process.Kill() // it may have ended meanwhile
			<-p.serving.ended
		}
		m.stop()
		p.receiver.stop()
	})
	data := filepath.Join(env.WorkDir, "data")
	for name, value := range map[string]string{
		"DATA": data, "ROSTER_DATA": data, "ROSTER_LISTEN": "127.0.0.1:0", "MAILPORT": m.port(), "RECEIVER": p.receiver.URL,
		"ROSTER_PASSWORD_MEMORY_KIB": "8192", "ROSTER_PASSWORD_TIME": "1",
		// Under the race detector each process would sleep for a second at its end.
		"GORACE": "atexit_sleep_ms=10",
	} {
		env.Setenv(name, value)
	}
	return nil
}

// setenv takes the first line of a file, or of "stdout".
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
