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

	"roster.example/roster/bench/load"
	"roster.example/roster/bench/people"
)

// A house is a data folder of Roster with an administrator, a member and a crowd
// in it. Houses are kept from run to run.
type house struct {
	folder string
	people int
	env    []string // settings beside the default ones
	keys
}

// keys are credentials of the two.
type keys struct {
	AdminToken, MemberToken, MemberKey string
}

// password is everybody's who has one.
const password = "correct horse battery staple"

// The two people whose credentials are used.
const (
	admin  = "chief"
	member = "ada.lovelace"
)

// house gives the house with this many people, and builds it first where there is
// none that fits the schema of today.
func (b *bench) house(n int) (house, error) {
	fit, err := b.schema()
	if err != nil {
		return house{}, err
	}
	h := house{folder: filepath.Join(b.data, fmt.Sprintf("people-%d-%s", n, fit)), people: n}
	err = h.readKeys()
	if errors.Is(err, fs.ErrNotExist) {
		err = b.raise(&h)
	}
	return h, err
}

func (h *house) readKeys() error {
	text, err := os.ReadFile(filepath.Join(h.folder, keysFile))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &h.keys)
}

// keysFile is written last: a folder without it is not finished.
const keysFile = "bench-keys.json"

// schema names what a stored database depends on: the migrations, and who the
// people are.
func (b *bench) schema() (string, error) {
	files, err := filepath.Glob(filepath.Join(b.root, "internal/store/sqlite/migrations/*.sql"))
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, file := range append(files, filepath.Join(b.root, "bench/people/people.go"), filepath.Join(b.root, "bench/raw.go"), filepath.Join(b.root, "bench/vast.go")) {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		_, _ = sum.Write(text) // a hash takes everything
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:4]), nil
}

// raise builds a house, and removes those of the same size that no longer fit.
func (b *bench) raise(h *house) error {
	old, err := filepath.Glob(filepath.Join(b.data, fmt.Sprintf("people-%d-*", h.people)))
	if err != nil {
		return err
	}
	for _, folder := range old {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	if err := b.furnish(h); err != nil {
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

func (h *house) database() string { return filepath.Join(h.folder, "roster.db") }

// furnished is how many people are in a house before the crowd comes, and so the
// greatest id.
const furnished = 2

// furnish makes an empty house, with the two people in it.
func (b *bench) furnish(h *house) error {
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
		said, err := b.command(*h, password, strings.Fields(step.args)...)
		if err != nil {
			return err
		}
		*step.into = said
	}
	return nil
}

// fill goes past Roster, which would take longer for promises that nobody needs
// here: what is lost in a power cut is made again.
func (b *bench) fill(h *house) error {
	r, err := connectRaw(h.database(), 1, "synchronous(OFF)", "cache_size(-200000)", "temp_store(MEMORY)")
	if err != nil {
		return err
	}
	if h.people >= b.sizes.vast {
		err = r.fillVast(b.ctx, h.people, b.progress(h.people))
	} else {
		r.last.Store(furnished)
		err = r.bulk(b.ctx, people.Crowd(h.people), rowsOf, b.progress(h.people))
		err = errors.Join(err, r.merge(b.ctx))
	}
	return errors.Join(err, r.Close())
}

// progress says every few seconds how far a long work is.
func (b *bench) progress(n int) func(done int) {
	begin, said := time.Now(), time.Now()
	return func(done int) {
		if time.Since(said) < 5*time.Second && done < n {
			return
		}
		said = time.Now()
		b.say("   %d of %d people, %.0f a second", done, n, float64(done)/time.Since(begin).Seconds())
	}
}

// empty is a house with nobody but the two, gone after the run.
func (b *bench) empty(name string) (house, error) {
	h := house{folder: filepath.Join(b.scratch, name)}
	return h, b.furnish(&h)
}

// copied is a house to write to, gone after the run.
func (b *bench) copied(n int) (house, error) {
	h, err := b.house(n)
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

// list is a request for people through GitLab's API, with an administrator's token.
func (h house) list(format string, args ...any) load.Request {
	return load.Get("/api/v3/users"+fmt.Sprintf(format, args...), "PRIVATE-TOKEN: "+h.AdminToken)
}
