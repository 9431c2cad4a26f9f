package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"roster.example/roster/internal/atomicfile"
)

// maxKeyFile is the size in bytes above which a file is not a key file.
const maxKeyFile = 1 << 20

const keyFileHeader = "# Keys that encrypt secrets at rest: ID BASE64KEY, newest first.\n" +
	"# Keep a copy apart from the database's backups. Without it those secrets are lost.\n"

// OpenKeyring reads the key file at path. If there is none it makes one with
// a fresh key, readable by its owner only; its folder must exist. Of two
// processes that start at once, one makes the file and both use it. A file
// that others may read is refused.
func OpenKeyring(path string) (*Keyring, error) {
	keys, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKeyFile(path, []ringKey{newRingKey()}); err != nil {
			return nil, fmt.Errorf("make key file: %w", err)
		}
		keys, err = readKeyFile(path)
	}
	if err != nil {
		return nil, err
	}
	return &Keyring{keys: keys}, nil
}

// ParseKeyring reads a ring from the text of a key file: lines "ID BASE64KEY",
// newest first, with empty lines and lines that begin with # between them. A
// key has 32 bytes; an id has 1 to 32 letters, digits, hyphens or underscores.
func ParseKeyring(text []byte) (*Keyring, error) {
	keys, err := parseKeys(text)
	if err != nil {
		return nil, err
	}
	return &Keyring{keys: keys}, nil
}

// Rotate puts a new key at the top of the file at path and uses it from now
// on. The old keys stay, in the file and in the ring. Comments do not.
func (r *Keyring) Rotate(path string) error {
	return r.rewrite(path, func(keys []ringKey) []ringKey {
		return append([]ringKey{newRingKey()}, keys...)
	})
}

// Reread takes the keys from the file at path, which another process may have
// changed. Where it cannot, the ring stays as it is.
func (r *Keyring) Reread(path string) error {
	keys, err := readKeyFile(path)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = keys
	return nil
}

// Retire drops all keys but the current one and those whose ids are in keep
// from the file at path and from the ring. Whatever a dropped key sealed is
// lost, so seal it anew first.
func (r *Keyring) Retire(path string, keep ...string) error {
	return r.rewrite(path, func(keys []ringKey) []ringKey {
		kept := keys[:1:1]
		for _, k := range keys[1:] {
			if slices.Contains(keep, k.id) {
				kept = append(kept, k)
			}
		}
		return kept
	})
}

// rewrite changes file and ring together. It starts from the file, which
// another process may have rotated since this one read it.
func (r *Keyring) rewrite(path string, change func([]ringKey) []ringKey) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, err := readKeyFile(path)
	if err != nil {
		return err
	}
	keys = change(keys)
	if err := atomicfile.Replace(path, printKeys(keys)); err != nil {
		return fmt.Errorf("rewrite key file: %w", err)
	}
	r.keys = keys
	return nil
}

func newRingKey() ringKey {
	return ringKey{id: NewOpaque(8, LowerAlnum).Reveal(), material: randomBytes(ringKeyBytes), derived: &derived{}}
}

func readKeyFile(path string) ([]ringKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	text, err := readPrivate(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return keys, nil
}

// readPrivate reads f, unless anybody but its owner can read it too.
func readPrivate(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("this is not a regular file")
	}
	if err := owned(info, os.Geteuid()); err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("it is open to others (mode %04o): run chmod 600 on it", mode)
	}
	return io.ReadAll(io.LimitReader(f, maxKeyFile+1))
}

// parseKeys names a bad line by its number, never by what stands in it.
func parseKeys(text []byte) ([]ringKey, error) {
	if len(text) > maxKeyFile {
		return nil, errors.New("too large for a list of keys")
	}
	var keys []ringKey
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if slices.ContainsFunc(keys, func(k ringKey) bool { return k.id == key.id }) {
			return nil, fmt.Errorf("line %d: this id stands on an earlier line too", i+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no key found: give at least one line ID BASE64KEY")
	}
	return keys, nil
}

func parseKey(line string) (ringKey, error) {
	field := strings.Fields(line)
	if len(field) != 2 {
		return ringKey{}, errors.New("a line must be ID BASE64KEY")
	}
	id := field[0]
	if len(id) > 32 || strings.Trim(id, URLSafe) != "" {
		return ringKey{}, errors.New("an id has 1 to 32 letters, digits, hyphens or underscores")
	}
	material, err := base64.StdEncoding.DecodeString(field[1])
	if err != nil || len(material) != ringKeyBytes {
		return ringKey{}, errors.New("a key is 32 bytes in base64: openssl rand -base64 32 makes one")
	}
	return ringKey{id: id, material: material, derived: &derived{}}, nil
}

func printKeys(keys []ringKey) []byte {
	var b bytes.Buffer
	b.WriteString(keyFileHeader)
	for _, k := range keys {
		b.WriteString(k.id + " " + base64.StdEncoding.EncodeToString(k.material) + "\n")
	}
	return b.Bytes()
}

// createKeyFile makes the file at path, complete or not at all. A file that is
// there already stays as it is.
func createKeyFile(path string, keys []ringKey) error {
	err := atomicfile.Create(path, printKeys(keys))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
