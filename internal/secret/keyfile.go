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

// ErrDamagedKeyFile reports a key file without a key, or with a line that is not a key.
var ErrDamagedKeyFile = errors.New("the key file is damaged")

// maxKeyFile is the maximum size of a key file in bytes.
const maxKeyFile = 1 << 20

const keyFileHeader = "# Keys that encrypt secrets at rest: ID BASE64KEY, newest first.\n" +
	"# Keep a copy apart from the database's backups. Without it those secrets are lost.\n"

// OpenKeyring reads the key file at path. If the file does not exist, it creates one with
// a new key, readable by its owner only; the folder must exist. If two processes start at
// the same time, one creates the file and both use it. It rejects a file that other users
// may read, and returns ErrDamagedKeyFile for one that it cannot parse.
func OpenKeyring(path string) (*Keyring, error) {
	keys, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKeyFile(path, []ringKey{newRingKey()}); err != nil {
			return nil, fmt.Errorf("create key file: %w", err)
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

// Rotate adds a new key at the top of the file at path and uses it from now on. The old
// keys stay in the file and in the ring; comments are lost.
func (r *Keyring) Rotate(path string) error {
	return r.rewrite(path, func(keys []ringKey) []ringKey {
		return append([]ringKey{newRingKey()}, keys...)
	})
}

// Reread reads the keys from the file at path, which another process may have changed. On
// an error the ring stays unchanged.
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

// Retire removes all keys from the file at path and from the ring, except the current key
// and those with an id in keep. Secrets that a removed key sealed are lost: seal them again
// first.
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

// rewrite changes the file and the ring. It starts from the file, because another process
// may have rotated it.
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
		return nil, fmt.Errorf("open the key file: %w", err)
	}
	text, err := readPrivate(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("the key file %s cannot be used: %w", path, err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamagedKeyFile, path, err)
	}
	return keys, nil
}

// readPrivate reads f, and returns an error if another user than its owner can read it.
func readPrivate(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file; name another one with key_file")
	}
	if err := checkOwner(info, os.Geteuid()); err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("it is open to others (mode %04o): run chmod 600 on it", mode)
	}
	return io.ReadAll(io.LimitReader(f, maxKeyFile+1))
}

// parseKeys names an invalid line by its number and never quotes it.
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
			return nil, fmt.Errorf("line %d: duplicate id", i+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key in it, a line ID BASE64KEY")
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
		return ringKey{}, errors.New("a key is 32 bytes in base64: create one with openssl rand -base64 32")
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

// createKeyFile creates the file at path atomically. It keeps an existing file.
func createKeyFile(path string, keys []ringKey) error {
	err := atomicfile.Create(path, printKeys(keys))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
