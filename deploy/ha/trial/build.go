package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// build starts a cluster with two nodes of Roster and an administrator.
func (t *trial) build(ctx context.Context, ttl int) error {
	if err := errors.Join(t.chooseAccount(), t.describe(ttl)); err != nil {
		return err
	}
	for _, m := range t.machines {
		if err := t.configure(m); err != nil {
			return err
		}
	}
	for _, m := range t.machines {
		if err := m.boot(); err != nil {
			return err
		}
	}
	if err := t.waitUntilComplete(ctx); err != nil {
		return t.withPatroniLog(err)
	}
	if err := t.makeDatabase(ctx); err != nil {
		return err
	}
	return t.startNodes(ctx)
}

// chooseAccount chooses the account that the programs run as.
func (t *trial) chooseAccount() error {
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, bad := strconv.Atoi(account.Uid)
	gid, worse := strconv.Atoi(account.Gid)
	t.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return errors.Join(bad, worse)
}

// describe writes the cluster.env that an operator writes for three machines. Concurrent trials
// have different addresses.
func (t *trial) describe(ttl int) error {
	t.secrets = map[string]string{"ADMIN": rand.Text()}
	network := fmt.Sprintf("127.%d.%d", 64+os.Getpid()%128, os.Getpid()/128%256)
	// Connections within the loopback network have the source address 127.0.0.1.
	lines := []string{"NETWORK=127.0.0.0/8", "KEY_ID=trial", "KEY=" + key(), fmt.Sprint("TTL=", ttl), "ETCD_API=" + t.api, "WATCHDOG=off"}
	for _, name := range []string{"SUPERUSER_PASSWORD", "REPLICATION_PASSWORD", "REWIND_PASSWORD", "RESTAPI_PASSWORD", "ROSTER_PASSWORD"} {
		t.secrets[name] = rand.Text()
		lines = append(lines, name+"="+t.secrets[name])
	}
	for i, name := range []string{"a", "b", "c"} {
		m := &machine{trial: t, name: name, address: fmt.Sprint(network, ".", i+1), folder: filepath.Join(t.folder, name)}
		t.machines = append(t.machines, m)
		lines = append(lines, strings.ToUpper(name)+"="+m.address)
	}
	bin, err := postgresPrograms()
	lines = append(lines, "POSTGRES_BIN="+bin)
	return errors.Join(err, os.WriteFile(filepath.Join(t.folder, "cluster.env"), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
}

func key() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	return base64.StdEncoding.EncodeToString(random)
}

// postgresPrograms returns the folder of the newest PostgreSQL of Debian.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/1[5-9]/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL 15 or later is not installed; run deploy/ha/failover, which does that")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// configure creates the folders and configuration files of a machine.
func (t *trial) configure(m *machine) error {
	common, err := os.ReadFile(filepath.Join(t.folder, "cluster.env"))
	if err != nil {
		return err
	}
	own := fmt.Sprintf("ETCD_DATA=%[1]s/etcd\nPOSTGRES_DATA=%[1]s/postgres\nSOCKETS=%[1]s\nPGBOUNCER_USERS=%[1]s/config/userlist.txt\n", m.folder)
	settings := filepath.Join(m.folder, "cluster.env")
	err = errors.Join(os.Mkdir(m.folder, 0o755), os.WriteFile(settings, append(common, own...), 0o600))
	if err != nil {
		return err
	}
	if _, err := t.output(exec.Command(filepath.Join(t.scripts, "render"), settings, m.name, filepath.Join(m.folder, "config"))); err != nil {
		return err
	}
	if t.account == nil {
		return nil
	}
	return filepath.WalkDir(m.folder, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, int(t.account.Uid), int(t.account.Gid)))
	})
}

// withPatroniLog adds the end of the log of a Patroni that has ended.
func (t *trial) withPatroniLog(err error) error {
	for _, m := range t.machines {
		if log, bad := os.ReadFile(filepath.Join(m.folder, "patroni.log")); bad == nil && m.patroni.hasEnded() {
			err = fmt.Errorf("%w: Patroni of %s ended: %s", err, m.name, log[max(0, len(log)-1000):])
		}
	}
	return err
}

// makeDatabase creates the database, which an operator does once.
func (t *trial) makeDatabase(ctx context.Context) error {
	m := t.primary(ctx)
	command := t.command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", m.address, "-U", "postgres", "-f", m.config("database.sql"), "postgres")
	command.Env = append(command.Env, "PGPASSWORD="+t.secrets["SUPERUSER_PASSWORD"])
	_, err := t.output(command)
	return err
}

func (t *trial) startNodes(ctx context.Context) error {
	for _, m := range t.machines[:2] {
		n := &node{trial: t, machine: m}
		if err := n.serve(ctx); err != nil {
			return fmt.Errorf("start Roster on %s: %w", m.name, err)
		}
		if err := n.makeToken(); err != nil {
			return err
		}
		if status := t.reach(ctx, n.url+"/api/v3/user", n.token); status != http.StatusOK {
			return fmt.Errorf("the token of %s is not accepted: %d", m.name, status)
		}
		t.nodes = append(t.nodes, n)
	}
	return nil
}
