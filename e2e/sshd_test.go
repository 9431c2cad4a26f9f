//go:build !race

package e2e

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// A machine is one that people log in to: a real sshd, one process for each
// connection, which asks "roster ssh-keys" as docs/ssh.md has it.
type machine struct {
	t       testing.TB
	account string // that exists there, and may log in
	address string
	host    ssh.PublicKey
	cache   string
	said    output
}

// pair makes a key.
func pair(t testing.TB) (ssh.Signer, []byte) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return signer, pem.EncodeToMemory(block)
}

// openMachine starts sshd. As an ordinary user, sshd accepts logins of that user only; as root it
// needs the folder that Debian's service creates, and accepts none.
func openMachine(t testing.TB, url, token string) *machine {
	t.Helper()
	folder := t.TempDir()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, account: me.Username, cache: filepath.Join(folder, "cache")}
	if os.Geteuid() == 0 {
		m.account = "nobody"
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	signer, private := pair(t)
	m.host = signer.PublicKey()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// sshd runs only what belongs to root in folders of root, as /usr/bin/env does.
	command := fmt.Sprintf("/usr/bin/env -i %s=1 GORACE=atexit_sleep_ms=10 %s ssh-keys --fingerprint %%f --least-uid 1 --timeout 1m --server %s --token-file %s --cache %s %%u",
		roleVariable, os.Args[0], url, file("token", token+"\n"), m.cache)
	m.serve(file("sshd_config", strings.Join([]string{
		"HostKey " + file("host", string(private)), "AuthorizedKeysCommand " + command, "AuthorizedKeysCommandUser " + me.Username,
		"AuthorizedKeysFile none", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no", "PidFile none", "LogLevel VERBOSE", "",
	}, "\n")))
	return m
}

// serve hands each connection to an sshd of its own.
func (m *machine) serve(config string) {
	m.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	m.address = listener.Addr().String()
	var all sync.WaitGroup
	m.t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			m.t.Error(err)
		}
		all.Wait()
		if m.t.Failed() {
			m.t.Log(m.said.String())
		}
	})
	all.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				if err := m.meet(c.(*net.TCPConn), config); err != nil {
					_, _ = fmt.Fprintln(&m.said, "sshd:", err)
				}
			})
		}
	})
}

func (m *machine) meet(c *net.TCPConn, config string) error {
	f, err := c.File()
	if err != nil {
		return errors.Join(err, c.Close())
	}
	process := exec.Command(programOf("sshd"), "-i", "-e", "-f", config)
	process.Stdin, process.Stdout, process.Stderr = f, f, &m.said
	begun := process.Start()
	if err := errors.Join(begun, f.Close(), c.Close()); err != nil {
		return err
	}
	return process.Wait()
}

// lets reports whether the key opens.
func (m *machine) lets(key ssh.Signer) bool {
	m.t.Helper()
	c, err := ssh.Dial("tcp", m.address, &ssh.ClientConfig{
		User: m.account, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(m.host), Timeout: patience,
	})
	if err == nil {
		if err := c.Close(); err != nil {
			m.t.Error(err)
		}
		return true
	}
	if !strings.Contains(err.Error(), "unable to authenticate") {
		m.t.Fatalf("%v\n%s", err, m.said.String())
	}
	return false
}

// ages makes what is remembered older than it was.
func (m *machine) ages(by time.Duration) {
	m.t.Helper()
	files, err := filepath.Glob(filepath.Join(m.cache, "*.json"))
	if err != nil || len(files) != 1 {
		m.t.Fatalf("remembered are %v: %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		m.t.Fatal(err)
	}
	var entry struct{ At time.Time }
	if err := json.Unmarshal(text, &entry); err != nil {
		m.t.Fatal(err)
	}
	was, now := entry.At.Format(time.RFC3339Nano), entry.At.Add(-by).Format(time.RFC3339Nano)
	if !bytes.Contains(text, []byte(was)) {
		m.t.Fatalf("%s does not say when it was told", text)
	}
	if err := os.WriteFile(files[0], bytes.ReplaceAll(text, []byte(was), []byte(now)), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func TestSSHDAcceptsKeysOfTheDirectory(t *testing.T) {
	t.Parallel()
	n := launch(t, "", nil).serving()
	run := func(args ...string) string {
		t.Helper()
		said, err := n.command("quite-secret-1\n", args...)
		if err != nil {
			t.Fatalf("roster %s: %v\n%s", strings.Join(args, " "), err, said)
		}
		return strings.TrimSpace(said)
	}
	run("admin", "create", "--username", "root-of-all", "--email", "root@example.org", "--password-file", "-")
	m := openMachine(t, n.URL, run("token", "create", "root-of-all", "--name", "sshd", "--scopes", "read_user"))
	run("user", "create", "--username", m.account, "--email", "account@example.org", "--password-file", "-")
	own := run("token", "create", m.account, "--name", "own")
	key, _ := pair(t)
	stranger, _ := pair(t)

	if m.lets(key) {
		t.Fatal("a key that nobody has lets in")
	}
	body := fmt.Sprintf(`{"title": "laptop", "key": %q}`, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))))
	if a := n.ask("POST", "/api/v1/me/keys", body, bearer(own)); a.Status != 201 {
		t.Fatalf("add a key: %d %s", a.Status, a.Body)
	}
	if !m.lets(key) || m.lets(stranger) {
		t.Fatal("the key of a person does not let in, or any does")
	}
	run("user", "block", m.account)
	if m.lets(key) {
		t.Error("who is blocked came in")
	}
	run("user", "unblock", m.account)
	if !m.lets(key) {
		t.Error("who is unblocked did not come in")
	}
	n.stop()
	if !m.lets(key) || m.lets(stranger) {
		t.Error("while the server is away, the key that it told of does not let in, or any does")
	}
	m.ages(2 * time.Hour)
	if m.lets(key) {
		t.Error("what the server said two hours ago still lets in")
	}
}
