package origin

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// The hash is that of the file, also of what is still in the WAL only, and it
// is of the state that the readers see, whatever is written later.
func TestHash(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		path := filepath.Join(t.TempDir(), "h.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		run := func(sql string) {
			t.Helper()
			if _, err := db.Exec(sql); err != nil {
				t.Fatal(err)
			}
		}
		run("PRAGMA journal_mode = " + mode + "; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000))")
		open := func() *Snapshot {
			t.Helper()
			s, err := Open(context.Background(), Options{Path: path, Readers: 2, WorkDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := open()
		run("DELETE FROM t")
		got, err := s.Conns[1].Hash(context.Background())
		s.Close()
		if err != nil {
			t.Fatal(err)
		}
		s = open()
		later, err := s.Conns[0].Hash(context.Background())
		s.Close()
		run("PRAGMA wal_checkpoint(TRUNCATE)")
		b, readErr := os.ReadFile(path)
		if err != nil || readErr != nil {
			t.Fatal(err, readErr)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != later {
			t.Errorf("%s: the file has the hash %x and the pages %s", mode, sum, later)
		}
		if got == later {
			t.Errorf("%s: the hash is of what was written later", mode)
		}
	}
}
