//go:build linux

package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc: USER_HZ, which is 100 on every Linux that Go
// runs on.
const tick = time.Second / 100

// fields behind the name of the program in /proc/PID/stat, which ends with the
// last parenthesis; proc(5) counts them from 3.
const (
	parentField = 1
	userField   = 11
	kernelField = 12
)

// CPU returns the processor time, of user and kernel, of a process and its running child
// processes.
func CPU(pid int) (time.Duration, error) {
	total, err := own(pid)
	if err != nil {
		return 0, err
	}
	children, err := Children(pid)
	for _, child := range children {
		// The time of a process that has just ended is negligible.
		if one, err := own(child); err == nil {
			total += one
		}
	}
	return total, err
}

func own(pid int) (time.Duration, error) {
	stat, err := stat(pid)
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, field := range []int{userField, kernelField} {
		n, err := strconv.ParseInt(stat[field], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("processor time of %d: %w", pid, err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

func stat(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	stat := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(stat) <= kernelField {
		return nil, fmt.Errorf("/proc/%d/stat: too short", pid)
	}
	return stat, nil
}

// Children returns the running child processes of a process.
func Children(pid int) ([]int, error) {
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var found []int
	for _, folder := range folders {
		child, err := strconv.Atoi(filepath.Base(folder))
		if err != nil {
			continue
		}
		// A process that cannot be read has just ended.
		if stat, err := stat(child); err == nil && stat[parentField] == strconv.Itoa(pid) {
			found = append(found, child)
		}
	}
	return found, nil
}

// OpenFiles returns the number of open file descriptors of the process.
func OpenFiles(pid int) (int, error) {
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(open), err
}

// Memory returns the resident memory in bytes of a process and its children: now, and at the
// peak of the process. Shared pages of the children count proportionally
// (Pss in proc(5)), because they run the same program.
func Memory(pid int) (now, peak int64, err error) {
	status, err := kibibytes(pid, "status")
	if err != nil {
		return 0, 0, err
	}
	now, peak = status["VmRSS"], status["VmHWM"]
	if now == 0 {
		return 0, 0, fmt.Errorf("/proc/%d/status tells no resident memory", pid)
	}
	children, err := Children(pid)
	for _, child := range children {
		if rollup, err := kibibytes(child, "smaps_rollup"); err == nil { // otherwise it has ended
			now, peak = now+rollup["Pss"], peak+rollup["Pss"]
		}
	}
	return now, peak, err
}

// kibibytes returns the amounts in a file of /proc/PID, in bytes.
func kibibytes(pid int, file string) (map[string]int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return nil, err
	}
	amounts := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64); err == nil {
			amounts[name] = kib << 10
		}
	}
	return amounts, nil
}
