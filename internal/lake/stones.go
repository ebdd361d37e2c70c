package lake

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tpe"
)

// The files of the folder erasures.
const (
	erasureKeyFile = "key"           // the secret, hexadecimal
	stonesFile     = "stones.ndjson" // one stone a line; only appended to
)

// ErasureSecret is what the hashes and signatures of erasures are made with.
// It lies in the lake, readable by its owner only, and is never copied
// anywhere by tpe.
type ErasureSecret [32]byte

// IDKey returns the key for the hashes of ids.
func (s *ErasureSecret) IDKey() person.Key { return s.derive("tpe erasure: ids") }

// Seed returns the seed for the key that signs receipts.
func (s *ErasureSecret) Seed() [32]byte { return s.derive("tpe erasure: receipts") }

func (s *ErasureSecret) derive(what string) [32]byte {
	return sha256.Sum256(append([]byte(what+"\x00"), s[:]...))
}

// ErasureSecret reads the secret of the lake. Without one the error is of the
// code NotFound: nobody was ever erased.
func (l *Lake) ErasureSecret() (*ErasureSecret, error) {
	b, err := os.ReadFile(l.path(erasuresFolder, erasureKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, tpe.Errorf(tpe.NotFound, "nobody was erased from this lake")
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "read key of erasures", Err: err, Hint: permissionHint(err)}
	}
	if err != nil {
		return nil, fmt.Errorf("read key of erasures: %w", err)
	}
	var s ErasureSecret
	if n, err := hex.Decode(s[:], bytes.TrimSpace(b)); err != nil || n != len(s) {
		return nil, &tpe.Error{
			Code: tpe.Invalid, Message: "the key of erasures is damaged: " + l.path(erasuresFolder, erasureKeyFile),
			Hint: "bring it back from a backup: without it nobody who was erased is recognised",
		}
	}
	return &s, nil
}

// makeErasureSecret returns the secret, a new one when there is none.
func (l *Lake) makeErasureSecret() (*ErasureSecret, error) {
	s, err := l.ErasureSecret()
	if tpe.CodeOf(err) != tpe.NotFound {
		return s, err
	}
	if err := makeDir(l.disk, l.path(erasuresFolder)); err != nil {
		return nil, err
	}
	s = new(ErasureSecret)
	_, _ = rand.Read(s[:]) // never fails, by its contract
	path := l.path(erasuresFolder, erasureKeyFile)
	if err := l.writeSmall(path, []byte(hex.EncodeToString(s[:])+"\n"), true); err != nil {
		return nil, fmt.Errorf("write key of erasures: %w", err)
	}
	return s, nil
}

// writeSmall writes a file so that it is there whole and on disk, or not. What
// is private is so from its first byte on.
func (l *Lake) writeSmall(path string, b []byte, private bool) error {
	tmp := tmpName(path)
	f, err := l.disk.open(tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	if private {
		err = os.Chmod(tmp, 0o600)
	}
	if err != nil {
		return errors.Join(err, f.Close(), removeIfThere(l.disk, tmp))
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		return errors.Join(err, f.Close(), removeIfThere(l.disk, tmp))
	}
	if err := commitFile(l.disk, f, tmp, path); err != nil {
		return errors.Join(err, removeIfThere(l.disk, tmp))
	}
	return nil
}

// stoneLine is one line of the file of stones.
type stoneLine struct {
	Erasure string `json:"erasure"`
	person.Stone
}

// readStones reads all stones. A torn last line was never promised.
func (l *Lake) readStones() ([]stoneLine, error) {
	f, err := os.Open(l.path(erasuresFolder, stonesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read stones: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	var out []stoneLine
	for in := bufio.NewReader(f); ; {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read stones: %w", err)
		}
		var s stoneLine
		if json.Unmarshal(line, &s) == nil {
			out = append(out, s)
		}
	}
}

// stonesList returns the list of those who were erased; nil when it is empty.
func (l *Lake) stonesList() (*person.List, error) {
	lines, err := l.readStones()
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	secret, err := l.ErasureSecret()
	if err != nil {
		return nil, fmt.Errorf("read stones: %w", err)
	}
	key := secret.IDKey()
	list := person.NewList(&key)
	for _, s := range lines {
		list.Add(s.Stone)
	}
	return list, nil
}

// setStone makes a stone durable, replacing the file so that a torn end of an
// earlier one does no harm. An erasure that goes on may know less of the
// person than before, so what its stone says already stays.
func (l *Lake) setStone(s stoneLine) error {
	lines, err := l.readStones()
	if err != nil {
		return err
	}
	lines = slices.DeleteFunc(lines, func(line stoneLine) bool {
		if line.Erasure != s.Erasure {
			return false
		}
		s.Role = cmp.Or(s.Role, line.Role)
		s.Hashes = slices.Concat(s.Hashes, line.Hashes)
		s.Later = slices.Concat(s.Later, line.Later)
		return true
	})
	for _, list := range []*[]string{&s.Hashes, &s.Later} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	var b strings.Builder
	for _, line := range append(lines, s) {
		text, err := json.Marshal(line)
		if err != nil {
			return fmt.Errorf("set stone: %w", err)
		}
		b.Write(append(text, '\n'))
	}
	if err := l.writeSmall(l.path(erasuresFolder, stonesFile), []byte(b.String()), false); err != nil {
		return fmt.Errorf("set stone: %w", err)
	}
	return nil
}

// stones is what a part of a writer knows of those who were erased.
type stones struct {
	seen  uint64 // the count of the turn
	known bool
	list  *person.List
}

// load reads the list when the count says that it changed.
func (s *stones) load(l *Lake, count uint64) error {
	if s.known && s.seen == count {
		return nil
	}
	list, err := l.stonesList()
	if err != nil {
		return err
	}
	s.list, s.seen, s.known = list, count, true
	return nil
}

// of returns a matcher for those whose erasure concerns a record; nil when
// there is nobody.
func (s *stones) of(e *entry) *person.Matcher {
	if s.list == nil {
		return nil
	}
	return s.list.Of(e.ms, e.key)
}
