package sqlite

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"roster.example/roster/internal/model"
)

// crashed writes a database with several transactions in its log, and returns the path of a copy
// as a crash leaves it.
func crashed(t *testing.T, transactions int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.db")
	s := openOnDisk(t, path)
	mustSucceed(t, s.Checkpoint(t.Context(), 0))
	for range transactions {
		err := s.Update(t.Context(), func(tx model.Writer) error {
			return tx.AddMail(&model.Mail{To: "ada@example.org", Text: make([]byte, 20_000)})
		})
		mustSucceed(t, err)
	}
	copied := filepath.Join(t.TempDir(), "roster.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		data, err := os.ReadFile(path + suffix)
		mustSucceed(t, err)
		mustSucceed(t, os.WriteFile(copied+suffix, data, 0o600))
	}
	return copied
}

const frameBytes = frameHeaderSize + 4096

// commits returns the number of each frame that ends a transaction.
func commits(t *testing.T, path string) (ends []int64) {
	t.Helper()
	log, err := os.ReadFile(path + "-wal")
	mustSucceed(t, err)
	for n := int64(1); logHeaderSize+n*frameBytes <= int64(len(log)); n++ {
		if binary.BigEndian.Uint32(log[logHeaderSize+(n-1)*frameBytes+4:]) != 0 {
			ends = append(ends, n)
		}
	}
	return ends
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	data, err := os.ReadFile(path)
	mustSucceed(t, err)
	data[at] ^= 1
	mustSucceed(t, os.WriteFile(path, data, 0o600))
}

func TestDamageBeforeAcknowledgedTransactionsIsFound(t *testing.T) {
	t.Parallel()
	const transactions = 10
	start := func(frame int64) int64 { return logHeaderSize + (frame-1)*frameBytes }
	for name, damage := range map[string]func(t *testing.T, path string, ends []int64){
		"header of the log": func(t *testing.T, path string, _ []int64) { flip(t, path+"-wal", 17) },
		"magic number":      func(t *testing.T, path string, _ []int64) { flip(t, path+"-wal", 0) },
		"size of a page":    func(t *testing.T, path string, _ []int64) { flip(t, path+"-wal", 9) },
		"first frame":       func(t *testing.T, path string, _ []int64) { flip(t, path+"-wal", start(1)+100) },
		"salt of a frame":   func(t *testing.T, path string, ends []int64) { flip(t, path+"-wal", start(ends[2]-1)+9) },
		"page of a frame":   func(t *testing.T, path string, ends []int64) { flip(t, path+"-wal", start(ends[4]-1)+2000) },
		"end of a transaction": func(t *testing.T, path string, ends []int64) {
			flip(t, path+"-wal", start(ends[4])+2000)
		},
		"checksum": func(t *testing.T, path string, ends []int64) { flip(t, path+"-wal", start(ends[4]-1)+17) },
		"several frames": func(t *testing.T, path string, ends []int64) {
			overwrite(t, path+"-wal", start(ends[3]-1), make([]byte, 2*frameBytes))
		},
		"the last but one transaction": func(t *testing.T, path string, ends []int64) {
			flip(t, path+"-wal", start(ends[transactions-2])+100)
		},
		"the whole log": func(t *testing.T, path string, _ []int64) { mustSucceed(t, os.Remove(path+"-wal")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := crashed(t, transactions)
			ends := commits(t, path)
			if len(ends) != transactions {
				t.Fatalf("%d transactions are in the log", len(ends))
			}
			damage(t, path, ends)
			if _, err := Open(t.Context(), path, Options{Existing: true}); !errors.Is(err, ErrLogDamaged) {
				t.Fatalf("it is opened: %v", err)
			}
			if _, err := OpenSource(t.Context(), path); !errors.Is(err, ErrLogDamaged) {
				t.Errorf("it can be migrated: %v", err)
			}
			s, err := Open(t.Context(), path, Options{Existing: true, DamagedLog: true})
			mustSucceed(t, err)
			mustSucceed(t, s.Close())
			mustSucceed(t, CheckLog(path))
		})
	}
}

func TestLogAfterACrashIsNotDamage(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, path string, ends []int64){
		"whole": func(*testing.T, string, []int64) {},
		"the last transaction is written in part, in any order": func(t *testing.T, path string, ends []int64) {
			overwrite(t, path+"-wal", logHeaderSize+ends[len(ends)-2]*frameBytes+500, make([]byte, 4000))
		},
		"the last frame is written in part": func(t *testing.T, path string, _ []int64) {
			info, err := os.Stat(path + "-wal")
			mustSucceed(t, err)
			mustSucceed(t, os.Truncate(path+"-wal", info.Size()-1000))
		},
		"the file was extended before its content came": func(t *testing.T, path string, _ []int64) {
			info, err := os.Stat(path + "-wal")
			mustSucceed(t, err)
			mustSucceed(t, os.Truncate(path+"-wal", info.Size()+10*frameBytes))
		},
		"empty": func(t *testing.T, path string, _ []int64) { mustSucceed(t, os.Truncate(path+"-wal", 0)) },
		"nothing but zeros": func(t *testing.T, path string, _ []int64) {
			mustSucceed(t, os.WriteFile(path+"-wal", make([]byte, 100_000), 0o600))
		},
		"log and index are not in a backup": func(t *testing.T, path string, _ []int64) {
			mustSucceed(t, errors.Join(os.Remove(path+"-wal"), os.Remove(path+"-shm")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := crashed(t, 10)
			change(t, path, commits(t, path))
			mustSucceed(t, CheckLog(path))
		})
	}
}

// After a checkpoint SQLite writes the log from its start; older frames remain behind the new ones.
func TestFramesOfAnOlderLogAreNotDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	s := openOnDisk(t, path)
	write := func() {
		mustSucceed(t, s.Update(t.Context(), func(tx model.Writer) error {
			return tx.AddMail(&model.Mail{To: "ada@example.org", Text: make([]byte, 20_000)})
		}))
	}
	for range 10 {
		write()
	}
	db, err := openHandle(t.Context(), checkpointPragmas(), path)
	mustSucceed(t, err)
	_, err = db.ExecContext(t.Context(), "PRAGMA wal_checkpoint(PASSIVE)")
	mustSucceed(t, errors.Join(err, db.Close()))
	write()
	mustSucceed(t, CheckLog(path))
	flip(t, path+"-wal", logHeaderSize+100)
	mustSucceed(t, CheckLog(path))
}
