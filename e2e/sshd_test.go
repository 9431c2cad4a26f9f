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

// sshServer runs an sshd for each connection. It gets keys by "roster ssh-keys" as in docs/ssh.md.
type sshServer struct {
	t       testing.TB
	account string // an account of the machine that may sign in
	address string
	host    ssh.PublicKey
	cache   string
	output  output
}

// newKeyPair creates a key.
func newKeyPair(t testing.TB) (ssh.Signer, []byte) {
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

// startSSHServer starts listening. As an ordinary user, sshd accepts logins of that user only; as root it
// needs the folder that Debian's service creates, and accepts none.
func startSSHServer(t testing.TB, url, token string) *sshServer {
	t.Helper()
	folder := t.TempDir()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	m := &sshServer{t: t, account: me.Username, cache: filepath.Join(folder, "cache")}
	if os.Geteuid() == 0 {
		m.account = "nobody"
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	signer, private := newKeyPair(t)
	m.host = signer.PublicKey()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// sshd runs only programs owned by root in folders owned by root, such as /usr/bin/env.
	command := fmt.Sprintf("/usr/bin/env -i %s=1 GORACE=atexit_sleep_ms=10 %s ssh-keys --fingerprint %%f --least-uid 1 --timeout 1m --server %s --token-file %s --cache %s %%u",
		roleVariable, os.Args[0], url, file("token", token+"\n"), m.cache)
	m.serve(file("sshd_config", strings.Join([]string{
		"HostKey " + file("host", string(private)), "AuthorizedKeysCommand " + command, "AuthorizedKeysCommandUser " + me.Username,
		"AuthorizedKeysFile none", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no", "PidFile none", "LogLevel VERBOSE", "",
	}, "\n")))
	return m
}

// serve starts an sshd for each connection.
func (m *sshServer) serve(config string) {
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
			m.t.Log(m.output.String())
		}
	})
	all.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				if err := m.handle(c.(*net.TCPConn), config); err != nil {
					_, _ = fmt.Fprintln(&m.output, "sshd:", err)
				}
			})
		}
	})
}

func (m *sshServer) handle(c *net.TCPConn, config string) error {
	f, err := c.File()
	if err != nil {
		return errors.Join(err, c.Close())
	}
	process := exec.Command(findProgram("sshd"), "-i", "-e", "-f", config)
	process.Stdin, process.Stdout, process.Stderr = f, f, &m.output
	begun := process.Start()
	if err := errors.Join(begun, f.Close(), c.Close()); err != nil {
		return err
	}
	return process.Wait()
}

// accepts reports whether sshd accepts the key.
func (m *sshServer) accepts(key ssh.Signer) bool {
	m.t.Helper()
	c, err := ssh.Dial("tcp", m.address, &ssh.ClientConfig{
		User: m.account, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(m.host), Timeout: testTimeout,
	})
	if err == nil {
		if err := c.Close(); err != nil {
			m.t.Error(err)
		}
		return true
	}
	if !strings.Contains(err.Error(), "unable to authenticate") {
		m.t.Fatalf("%v\n%s", err, m.output.String())
	}
	return false
}

// ageCache changes the time of the cached keys to an earlier one.
func (m *sshServer) ageCache(by time.Duration) {
	m.t.Helper()
	files, err := filepath.Glob(filepath.Join(m.cache, "*.json"))
	if err != nil || len(files) != 1 {
		m.t.Fatalf("cached files are %v: %v", files, err)
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
		m.t.Fatalf("%s has no time", text)
	}
	if err := os.WriteFile(files[0], bytes.ReplaceAll(text, []byte(was), []byte(now)), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func TestSSHDAcceptsKeysOfTheDirectory(t *testing.T) {
	t.Parallel()
	n := launch(t, "", nil).waitUntilServing()
	run := func(args ...string) string {
		t.Helper()
		output, err := n.command("quite-secret-1\n", args...)
		if err != nil {
			t.Fatalf("roster %s: %v\n%s", strings.Join(args, " "), err, output)
		}
		return strings.TrimSpace(output)
	}
	run("admin", "create", "--username", "root-of-all", "--email", "root@example.org", "--password-file", "-")
	m := startSSHServer(t, n.URL, run("token", "create", "root-of-all", "--name", "sshd", "--scopes", "read_user"))
	run("user", "create", "--username", m.account, "--email", "account@example.org", "--password-file", "-")
	own := run("token", "create", m.account, "--name", "own")
	key, _ := newKeyPair(t)
	unknownKey, _ := newKeyPair(t)

	if m.accepts(key) {
		t.Fatal("an unknown key is accepted")
	}
	body := fmt.Sprintf(`{"title": "laptop", "key": %q}`, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))))
	if a := n.ask("POST", "/api/v1/me/keys", body, bearer(own)); a.Status != 201 {
		t.Fatalf("add a key: %d %s", a.Status, a.Body)
	}
	if !m.accepts(key) || m.accepts(unknownKey) {
		t.Fatal("the key is rejected, or an unknown key is accepted")
	}
	run("user", "block", m.account)
	if m.accepts(key) {
		t.Error("the key of a blocked user is accepted")
	}
	run("user", "unblock", m.account)
	if !m.accepts(key) {
		t.Error("the key of an unblocked user is rejected")
	}
	n.stop()
	if !m.accepts(key) || m.accepts(unknownKey) {
		t.Error("without the server, the cached key is rejected, or an unknown key is accepted")
	}
	m.ageCache(2 * time.Hour)
	if m.accepts(key) {
		t.Error("a key that was cached two hours ago is accepted")
	}
}
