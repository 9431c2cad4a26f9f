//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/bench/load"
)

// dataFolder is a data folder of Roster with an administrator, a member and generated users.
// Data folders are kept for later runs.
type dataFolder struct {
	folder string
	users  int
	env    []string // settings that differ from the default
	keys
}

// keys are the credentials of the administrator and the member.
type keys struct {
	AdminToken, MemberToken, MemberKey string
}

// password is the password of all users that have one.
const password = "correct horse battery staple"

// The usernames of the administrator and the member.
const (
	admin  = "chief"
	member = "ada.lovelace"
)

// dataFolder returns the data folder with this number of users. It creates the folder if there is
// none with the current schema.
func (b *bench) dataFolder(n int) (dataFolder, error) {
	fit, err := b.schema()
	if err != nil {
		return dataFolder{}, err
	}
	h := dataFolder{folder: filepath.Join(b.data, fmt.Sprintf("users-%d-%s", n, fit)), users: n}
	err = h.readKeys()
	if errors.Is(err, fs.ErrNotExist) {
		err = b.createFolder(&h)
	}
	return h, err
}

func (h *dataFolder) readKeys() error {
	text, err := os.ReadFile(filepath.Join(h.folder, keysFile))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &h.keys)
}

// keysFile is written last: a folder without it is incomplete.
const keysFile = "bench-keys.json"

// schema returns a hash of what a stored database depends on: the migrations and the generated
// users.
func (b *bench) schema() (string, error) {
	files, err := filepath.Glob(filepath.Join(b.root, "internal/store/sqlite/migrations/*.sql"))
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, file := range append(files, filepath.Join(b.root, "bench/dataset/dataset.go"), filepath.Join(b.root, "bench/raw.go"), filepath.Join(b.root, "bench/huge.go")) {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		_, _ = sum.Write(text) // never fails
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:4]), nil
}

// createFolder creates a data folder, and removes those of the same size with another schema.
func (b *bench) createFolder(h *dataFolder) error {
	old, err := filepath.Glob(filepath.Join(b.data, fmt.Sprintf("users-%d-*", h.users)))
	if err != nil {
		return err
	}
	for _, folder := range old {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	if err := b.seed(h); err != nil {
		return err
	}
	if err := b.fill(h); err != nil {
		return err
	}
	text, err := json.Marshal(h.keys)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.folder, keysFile), text, 0o600)
}

func (h *dataFolder) database() string { return filepath.Join(h.folder, "roster.db") }

// seeded is the number of users in a data folder before the generated ones are added, and so the
// greatest id.
const seeded = 2

// seed creates a data folder with the administrator and the member.
func (b *bench) seed(h *dataFolder) error {
	if err := os.MkdirAll(h.folder, 0o700); err != nil {
		return err
	}
	for _, step := range []struct {
		into *string
		args string
	}{
		{new(string), "admin create --password-file - --username " + admin + " --email chief@example.org"},
		{new(string), "user create --password-file - --username " + member + " --email ada@example.org"},
		{&h.AdminToken, "token create --name bench --days 0 " + admin},
		{&h.MemberToken, "token create --name bench --days 0 " + member},
		{&h.MemberKey, "user api-key " + member},
	} {
		output, err := b.command(*h, password, strings.Fields(step.args)...)
		if err != nil {
			return err
		}
		*step.into = output
	}
	return nil
}

// fill writes the users directly to the store, which is faster: a benchmark needs no
// durability.
func (b *bench) fill(h *dataFolder) error {
	r, err := connectRaw(h.database(), 1, "synchronous(OFF)", "cache_size(-200000)", "temp_store(MEMORY)")
	if err != nil {
		return err
	}
	if h.users >= b.sizes.huge {
		err = r.fillHuge(b.ctx, h.users, b.progress(h.users))
	} else {
		r.last.Store(seeded)
		err = r.bulk(b.ctx, dataset.Size(h.users), rowsOf, b.progress(h.users))
		err = errors.Join(err, r.merge(b.ctx))
	}
	return errors.Join(err, r.Close())
}

// progress reports the progress of long work every few seconds.
func (b *bench) progress(n int) func(done int) {
	begin, reported := time.Now(), time.Now()
	return func(done int) {
		if time.Since(reported) < 5*time.Second && done < n {
			return
		}
		reported = time.Now()
		b.printf("   %d of %d users, %.0f a second", done, n, float64(done)/time.Since(begin).Seconds())
	}
}

// emptyFolder returns a temporary data folder with the administrator and the member only.
func (b *bench) emptyFolder(name string) (dataFolder, error) {
	h := dataFolder{folder: filepath.Join(b.scratch, name)}
	return h, b.seed(&h)
}

// temporaryCopy returns a temporary copy of a data folder, for benchmarks that write.
func (b *bench) temporaryCopy(n int) (dataFolder, error) {
	h, err := b.dataFolder(n)
	if err != nil {
		return h, err
	}
	folder := filepath.Join(b.scratch, fmt.Sprintf("copy-%d", n))
	if err := os.RemoveAll(folder); err != nil {
		return h, err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return h, err
	}
	for _, name := range []string{"roster.db", "secret.key", "roster.anchor"} {
		if err := copyFile(filepath.Join(h.folder, name), filepath.Join(folder, name)); err != nil {
			return h, err
		}
	}
	h.folder = folder
	return h, nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(in)
	return errors.Join(err, out.Close())
}

// list is a request for users through GitLab's API, with the administrator's token.
func (h dataFolder) list(format string, args ...any) load.Request {
	return load.Get("/api/v3/users"+fmt.Sprintf(format, args...), "PRIVATE-TOKEN: "+h.AdminToken)
}
