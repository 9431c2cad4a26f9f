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

// CPU is the processor time, of user and kernel, that the process has taken.
func CPU(pid int) (time.Duration, error) {
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

// Children are the processes that the process has started and that still run.
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
		// One that cannot be read has ended meanwhile.
		if stat, err := stat(child); err == nil && stat[parentField] == strconv.Itoa(pid) {
			found = append(found, child)
		}
	}
	return found, nil
}

// Memory is the resident memory of a process in bytes: now, and at its peak.
func Memory(pid int) (now, peak int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kib << 10
		case "VmHWM":
			peak = kib << 10
		}
	}
	if now == 0 {
		return 0, 0, fmt.Errorf("/proc/%d/status tells no resident memory", pid)
	}
	return now, peak, nil
}
