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

// server is a PostgreSQL server that this process has started.
type server struct {
	folder  string
	watcher *exec.Cmd
	alive   *os.File // the watcher reads the end when this process exits
}

const owner = "roster" // the role that owns everything

// watch is a script that creates and runs the server until its input ends, even if
// the test binary is killed, and then removes all files. SIGQUIT stops PostgreSQL
// immediately.
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

// start takes about two seconds. The server does not sync its files
// (fsync off) and listens on its socket only. Its databases have a European
// collation, so that tests find queries that rely on byte order without
// COLLATE.
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

// binaries returns the folder with the server's programs, which are not in Debian's PATH.
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

// unprivileged returns the account for the server, which does not run as root: the
// account of Debian's package, which becomes the owner of the folder.
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

// startLimit is generous for busy machines.
const startLimit = 5 * time.Minute

// await blocks until the server accepts connections.
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

// stop stops the server and blocks until its folder is removed.
func (s *server) stop() error { return errors.Join(s.alive.Close(), s.watcher.Wait()) }
