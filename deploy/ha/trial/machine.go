package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machine is one of the three: the programs that run on it, with an address
// of the loopback network.
type machine struct {
	trial         *trial
	name, address string
	folder        string
	etcd, patroni *process
}

func (m *machine) config(name string) string { return filepath.Join(m.folder, "config", name) }

// boot starts the programs that store data.
func (m *machine) boot() error { return errors.Join(m.startEtcd(), m.startPatroni()) }

func (m *machine) startEtcd() error {
	env, err := assignments(m.config("etcd.env"))
	if err != nil {
		return err
	}
	m.etcd, err = m.trial.start(m.folder, "etcd", env, "etcd")
	return err
}

func (m *machine) startPatroni() (err error) {
	m.patroni, err = m.trial.start(m.folder, "patroni", nil, "patroni", m.config("patroni.yml"))
	return err
}

// lose kills all programs at once, like a power failure.
func (m *machine) lose() {
	postgres := m.postgres()
	m.patroni.signal(syscall.SIGKILL)
	m.etcd.signal(syscall.SIGKILL)
	signalAll(postgres, syscall.SIGKILL)
	m.patroni.kill()
	m.etcd.kill()
	for _, pid := range postgres {
		awaitEnd(pid)
	}
}

// all returns the programs that store data.
func (m *machine) all() []int {
	return append(m.postgres(), m.patroni.command.Process.Pid, m.etcd.command.Process.Pid)
}

func (m *machine) freeze() { signalAll(m.all(), syscall.SIGSTOP) }
func (m *machine) thaw()   { signalAll(m.all(), syscall.SIGCONT) }

// postgres returns the processes of the server; none if it does not run.
func (m *machine) postgres() []int {
	said, err := os.ReadFile(filepath.Join(m.folder, "postgres", "postmaster.pid"))
	if err != nil {
		return nil
	}
	pid, err := strconv.Atoi(strings.SplitN(string(said), "\n", 2)[0])
	words, gone := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || gone != nil || !strings.Contains(string(words), m.folder) {
		return nil // the file of a former process
	}
	return family(pid)
}

func awaitEnd(pid int) {
	for syscall.Kill(pid, 0) == nil {
		time.Sleep(10 * time.Millisecond)
	}
}

// assignments reads a file of NAME=VALUE lines in the syntax of systemd.
func assignments(file string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	var all []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if line := lines.Text(); strings.Contains(line, "=") && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all, errors.Join(lines.Err(), f.Close())
}
