package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// member is the state of a machine in Patroni (GET /cluster).
type member struct {
	Name     string `json:"name"`
	Role     string `json:"role"`
	State    string `json:"state"`
	Timeline int    `json:"timeline"`
	Lag      any    `json:"lag"` // bytes, or "unknown"
}

// completeTimeout is the time limit for the cluster to become complete.
const completeTimeout = 3 * time.Minute

// members returns the members according to the first machine that responds.
func (t *trial) members(ctx context.Context) ([]member, error) {
	var faults []error
	for _, m := range t.machines {
		var said struct{ Members []member }
		err := t.ask(ctx, "http://"+m.address+":8008/cluster", &said)
		if err == nil {
			return said.Members, nil
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

func (t *trial) ask(ctx context.Context, url string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := t.client.Do(request)
	if err != nil {
		return err
	}
	return errors.Join(json.NewDecoder(answer.Body).Decode(into), answer.Body.Close())
}

// primary returns the machine that reports itself as the primary, which is what
// HAProxy checks; nil if there is none.
func (t *trial) primary(ctx context.Context) *machine {
	for _, m := range t.machines {
		if t.status(ctx, m, "/primary") == http.StatusOK {
			return m
		}
	}
	return nil
}

// with returns a machine with a role of [member].
func (t *trial) with(ctx context.Context, role string) (*machine, error) {
	all, err := t.members(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range t.machines {
		if slices.ContainsFunc(all, func(of member) bool { return of.Name == m.name && of.Role == role }) {
			return m, nil
		}
	}
	return nil, fmt.Errorf("no machine is %s: %v", role, all)
}

func (t *trial) status(ctx context.Context, m *machine, path string) int {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.address+":8008"+path, nil)
	if err != nil {
		return 0
	}
	answer, err := t.client.Do(request)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// waitUntilComplete waits for a primary, a synchronous standby and another standby, all of them up
// to date.
func (t *trial) waitUntilComplete(ctx context.Context) error {
	var all []member
	err := await(ctx, completeTimeout, func() bool {
		var err error
		all, err = t.members(ctx)
		return err == nil && healthy(all)
	})
	if err != nil {
		return fmt.Errorf("the cluster does not become complete: %w: %v", err, all)
	}
	return nil
}

func healthy(all []member) bool {
	leader := slices.IndexFunc(all, func(m member) bool { return m.Role == "leader" })
	standby := slices.IndexFunc(all, func(m member) bool { return m.Role == "sync_standby" })
	if len(all) != 3 || leader < 0 || standby < 0 {
		return false
	}
	return !slices.ContainsFunc(all, func(m member) bool {
		lag, _ := m.Lag.(float64)
		return m.State != "running" && m.State != "streaming" || m.Timeline != all[leader].Timeline ||
			m.Role != "leader" && (m.Lag == "unknown" || lag > 1<<20)
	})
}

// switchOver requests a switchover, as an operator does before maintenance.
func (t *trial) switchOver(ctx context.Context, from *machine) error {
	body, err := json.Marshal(map[string]string{"leader": from.name})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+from.address+":8008/switchover", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.SetBasicAuth("patroni", t.secrets["RESTAPI_PASSWORD"])
	answer, err := t.client.Do(request)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("patroni rejected the switchover: %s", said)
	}
	return err
}

// await calls yes until it returns true.
func await(ctx context.Context, limit time.Duration, yes func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !yes() {
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
