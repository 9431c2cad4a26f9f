//go:build linux && !race

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// rlimitFileSize is RLIMIT_FSIZE of setrlimit(2): above it writes fail with EFBIG.
const rlimitFileSize = 1

// limit sets the soft limit of the running node on a resource, and returns a function that
// restores the previous one.
func (n *node) limit(resource int, soft uint64) (restore func()) {
	n.t.Helper()
	before := n.swapLimit(resource, nil)
	n.swapLimit(resource, &syscall.Rlimit{Cur: soft, Max: before.Max})
	return func() { n.swapLimit(resource, &before) }
}

func (n *node) swapLimit(resource int, next *syscall.Rlimit) (before syscall.Rlimit) {
	n.t.Helper()
	_, _, failed := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(n.process.Process.Pid), uintptr(resource),
		uintptr(unsafe.Pointer(next)), uintptr(unsafe.Pointer(&before)), 0, 0)
	if failed != 0 {
		n.t.Fatalf("prlimit: %v", failed)
	}
	return before
}

func (n *node) readyz() string {
	a := n.ask(http.MethodGet, "/readyz", "")
	return fmt.Sprintf("%d %s", a.Status, a.Body)
}

func TestReadyzAndDoctorReportAnUnwritableDisk(t *testing.T) {
	t.Parallel()
	n := launch(t, "", nil).waitUntilServing()
	if got := n.readyz(); !strings.HasPrefix(got, "200") {
		t.Fatalf("/readyz was %s", got)
	}
	restore := n.limit(rlimitFileSize, 1)
	create := []string{"user", "create", "--username", "eve", "--email", "eve@example.org", "--password-file", "-"}
	if out, err := n.command("correct horse battery\n", create...); err == nil || !strings.Contains(out, "written") {
		t.Errorf("the user is created, or the output has no reason: %v\n%s", err, out)
	}
	n.waitFor("/readyz reports it", func() bool { return strings.HasPrefix(n.readyz(), "503 the database cannot be written") })
	n.waitForLog("not ready", 0)
	out, err := n.command("", "doctor")
	if err == nil || !strings.Contains(out, "WRONG: the database files cannot be read or written") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	restore()
	n.waitFor("/readyz is 200 again", func() bool { return strings.HasPrefix(n.readyz(), "200") })
	if out, err := n.command("correct horse battery\n", create...); err != nil {
		t.Errorf("afterwards the user is not created: %v\n%s", err, out)
	}
}

// The remaining space is too small for a user, but not for single small rows.
func TestReadyzReportsAnAlmostFullDisk(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	n := launch(t, "", map[string]string{"data": data}).waitUntilServing()
	log := filepath.Join(data, "roster.db-wal")
	n.waitFor("the write-ahead log is empty", func() bool {
		info, err := os.Stat(log)
		return err == nil && info.Size() == 0
	})
	const page = 4096 + 24
	restore := n.limit(rlimitFileSize, 10*page)
	create := []string{"user", "create", "--username", "eve", "--email", "eve@example.org", "--password-file", "-"}
	if out, err := n.command("correct horse battery\n", create...); err == nil {
		t.Fatalf("a user is created: %s", out)
	}
	for range 5 {
		if got := n.readyz(); !strings.HasPrefix(got, "503 the database cannot be written") {
			t.Errorf("/readyz is %s", got)
		}
		time.Sleep(1200 * time.Millisecond) // a failed probe counts for a second
	}
	out, err := n.command("", "doctor")
	if err == nil || !strings.Contains(out, "WRONG: the database files cannot be read or written") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	restore()
	n.waitFor("/readyz is 200 again", func() bool { return strings.HasPrefix(n.readyz(), "200") })
	if out, err := n.command("correct horse battery\n", create...); err != nil {
		t.Errorf("afterwards the user is not created: %v\n%s", err, out)
	}
}

func TestReadyzAndDoctorReportExhaustedFileDescriptors(t *testing.T) {
	t.Parallel()
	n := launch(t, "", nil).waitUntilServing()
	if got := n.readyz(); !strings.HasPrefix(got, "200") {
		t.Fatalf("/readyz was %s", got)
	}
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", n.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// The server cannot accept these connections.
	restore := n.limit(syscall.RLIMIT_NOFILE, uint64(len(open)))
	for range len(open) {
		c, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	n.waitForLog("connections cannot be accepted", 0)
	out, err := n.command("", "doctor")
	if err == nil || !strings.Contains(out, "file descriptors") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	restore()
	n.waitFor("the node responds again", func() bool {
		a, err := n.try(http.MethodGet, "/readyz", "")
		return err == nil && a.Status == http.StatusOK
	})
}
