//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a PostgreSQL of our own.
type server struct {
	folder  string
	watcher *exec.Cmd
	alive   *os.File // the watcher reads its end when this process is gone
}

const owner = "roster" // the role that owns everything

// watch makes and runs the server until its input ends, which it does even when
// the test binary is killed, and then leaves nothing behind. PostgreSQL takes
// SIGQUIT for leave to drop everything.
const watch = `
bin=$1 folder=$2
"$bin/initdb" -D "$folder/data" -U ` + owner + ` -A trust --no-sync --no-instructions \
	-E UTF8 --locale=C --locale-provider=icu --icu-locale=en >"$folder/log" 2>&1 </dev/null || {
	touch "$folder/failed"
	exit 1
}
"$bin/postgres" -D "$folder/data" -F -c listen_addresses= -c unix_socket_directories="$folder" \
	-c max_connections=200 -c log_line_prefix= -c synchronous_commit=on -c full_page_writes=off \
	-c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB >"$folder/log" 2>&1 </dev/null &
server=$!
read -r end
kill -QUIT "$server"
wait "$server"
rm -rf "$folder"
`

// start takes about two seconds. The server does without the disk's promises
// (fsync off), and listens on nothing but its socket. Its databases sort as
// people in Europe do, so that a query which relies on the order of bytes without
// saying so is found out.
func start() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "roster-postgres-")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder}
	if err := s.launch(bin); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := s.await(); err != nil {
		return nil, errors.Join(err, s.stop(), os.RemoveAll(folder))
	}
	return s, nil
}

func (s *server) launch(bin string) error {
	who, err := unprivileged(s.folder)
	if err != nil {
		return err
	}
	end, alive, err := os.Pipe()
	if err != nil {
		return err
	}
	s.alive = alive
	s.watcher = exec.Command("/bin/sh", "-c", watch, "watch", bin, s.folder)
	s.watcher.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setsid: true}
	s.watcher.Dir, s.watcher.Stdin = "/", end
	if err := errors.Join(s.watcher.Start(), end.Close()); err != nil {
		return errors.Join(err, alive.Close())
	}
	return nil
}

// binaries is the folder with the server's programs. Debian keeps them out of PATH.
func binaries() (string, error) {
	for _, version := range []string{"15", "16", "17", "18"} {
		folder := "/usr/lib/postgresql/" + version + "/bin"
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder, nil
		}
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("it is not installed; run make setup, or name a server in %s", Variable)
	}
	return filepath.Dir(path), nil
}

// unprivileged is whom the server runs as, since it refuses to run as root: the
// user that the package made for it, to whom the folder is given.
func unprivileged(folder string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, bad := strconv.Atoi(account.Uid)
	gid, worse := strconv.Atoi(account.Gid)
	if err := errors.Join(bad, worse); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(folder, uid, gid)
}

func (s *server) url() string {
	u := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/postgres", RawQuery: url.Values{"host": {s.folder}}.Encode()}
	return u.String()
}

// startLimit is generous: machines that run tests are busy.
const startLimit = 5 * time.Minute

// await returns when the server answers.
func (s *server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url())
		if err == nil {
			return conn.Close(ctx)
		}
		time.Sleep(20 * time.Millisecond)
		_, failed := os.Stat(filepath.Join(s.folder, "failed"))
		if failed == nil || ctx.Err() != nil {
			said, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("it does not answer: %w: %s", err, said)
		}
	}
}

// stop ends the server and returns when its folder is gone.
func (s *server) stop() error { return errors.Join(s.alive.Close(), s.watcher.Wait()) }
