package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// process is a program that the trial runs.
type process struct {
	command *exec.Cmd
	ended   chan struct{}
}

// start starts a program. Its output is appended to NAME.log in folder.
func (t *trial) start(folder, name string, env []string, words ...string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(folder, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	command := t.command(words...)
	command.Dir, command.Stdout, command.Stderr = folder, log, log
	command.Env = append(command.Env, env...)
	command.SysProcAttr.Setsid = true // an interrupt goes to the trial only, which then kills all programs
	if err := errors.Join(command.Start(), log.Close()); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{command: command, ended: make(chan struct{})}
	go func() {
		_ = command.Wait() // it is always killed
		close(p.ended)
	}()
	return p, nil
}

// command returns a command that runs as the owner of the folders, because PostgreSQL and
// pgbouncer do not run as root.
func (t *trial) command(words ...string) *exec.Cmd {
	command := exec.Command(words[0], words[1:]...)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: t.account}
	command.Dir = t.folder
	command.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "LC_ALL=C.UTF-8", "HOME=" + t.folder}
	return command
}

// output runs a program and returns its output.
func (t *trial) output(command *exec.Cmd) (string, error) {
	said, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(command.Path), err, said)
	}
	return string(said), nil
}

func (p *process) signal(s syscall.Signal) {
	if p != nil {
		_ = p.command.Process.Signal(s) // it may have ended
	}
}

func (p *process) kill() {
	if p != nil {
		p.signal(syscall.SIGKILL)
		<-p.ended
	}
}

// hasEnded reports whether the process has ended.
func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// family returns the process and all its descendants, the oldest first.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		said, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", all[i]))
		for word := range strings.FieldsSeq(string(said)) {
			if child, err := strconv.Atoi(word); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

func signalAll(pids []int, s syscall.Signal) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, s) // it may have ended
	}
}
