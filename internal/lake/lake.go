// Package lake keeps the interactions: it writes segments, seals them,
// recovers what a crash left, reads every layout back, and keeps the
// accounts.
//
// The files are the truth. A record is stored when its line is in a segment
// below raw, of which the name says the state. receipts tells what segments
// cannot: what they held when they were sealed, what came again, and what was
// erased. erasures remembers by keyed hashes who was erased. What lies in
// index, in ledger.db and in any .tmp file can be made again;
// writers.lock lets writers take turns, copies.lock lets an erasure wait for
// copies that are under way.
//
// The room must never write a record that has not passed the redaction gate,
// never change a sealed segment but to erase a person, and never answer that something is on disk
// before it is.
package lake

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// The values of Options.Compression.
const (
	CompressZstd = "zstd"
	CompressNone = "none"
)

// Defaults of Options.
const (
	DefaultSealBytes = 64 << 20
	DefaultSealAge   = 15 * time.Minute
	DefaultSyncEvery = 50 * time.Millisecond
)

// Options says how a lake is kept. Only Dir is required.
type Options struct {
	Dir string
	Now func() time.Time // time.Now when nil
	Log *slog.Logger     // discards when nil

	// Compression is what a segment becomes when it is sealed: CompressZstd
	// (also when empty) or CompressNone. Open segments are always plain.
	Compression string
	// SealBytes is the size in bytes from which a segment is sealed.
	SealBytes int64
	// SealAge is the age from which a segment is sealed, written to or not.
	SealAge time.Duration
	// SyncEvery is the longest time for which a record that was appended
	// with the durability System stays unsynced.
	SyncEvery time.Duration
	// AlwaysSync makes the durability System wait as Disk does.
	AlwaysSync bool

	disk   disk   // the file system; tests put faults in between
	limits limits // tests make them small
}

// Lake is one lake. It is safe for concurrent use; several processes may
// have the same lake open.
type Lake struct {
	opts Options
	disk disk

	mu        sync.Mutex
	derived   string // folder for indexes; empty until it is needed
	temporary bool   // derived is to be removed
}

// Open opens the lake in opts.Dir. Nothing is written, and a folder that does
// not exist is an empty lake, until NewWriter or Rebuild is called. The errors
// are of the code Misuse for wrong options.
func Open(_ context.Context, opts Options) (*Lake, error) {
	switch opts.Compression {
	case "":
		opts.Compression = CompressZstd
	case CompressZstd, CompressNone:
	default:
		return nil, &tpe.Error{
			Code:    tpe.Misuse,
			Message: fmt.Sprintf("unknown compression %q", opts.Compression),
			Hint:    "use zstd or none",
		}
	}
	if opts.Dir == "" {
		return nil, tpe.Errorf(tpe.Misuse, "no folder is given for the lake")
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.SealBytes <= 0 {
		opts.SealBytes = DefaultSealBytes
	}
	if opts.SealAge <= 0 {
		opts.SealAge = DefaultSealAge
	}
	if opts.SyncEvery <= 0 {
		opts.SyncEvery = DefaultSyncEvery
	}
	if opts.disk == nil {
		opts.disk = osDisk{Owner{opts.Dir}}
	}
	if opts.limits == (limits{}) {
		opts.limits = defaultLimits()
	}
	info, err := os.Stat(opts.Dir)
	switch {
	case err == nil && !info.IsDir():
		return nil, tpe.Errorf(tpe.Misuse, "the lake %s is no folder", opts.Dir)
	case err != nil && !os.IsNotExist(err):
		return nil, fmt.Errorf("open lake: %w", err)
	}
	return &Lake{opts: opts, disk: opts.disk}, nil
}

// owner makes files in the folder of the lake.
func (l *Lake) owner() Owner { return Owner{l.opts.Dir} }

// Dir returns the folder of the lake.
func (l *Lake) Dir() string { return l.opts.Dir }

// Exists says whether the folder is a lake: whether a writer was ever opened in
// it, or somebody has put records there.
func (l *Lake) Exists() (bool, error) {
	for _, folder := range []string{rawFolder, receiptsFolder, quarantineFolder} {
		if _, err := os.Stat(l.path(folder)); !os.IsNotExist(err) {
			return err == nil, err
		}
	}
	return false, nil
}

// Close releases what the lake holds. Writers are closed on their own, before.
func (l *Lake) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.temporary {
		return nil
	}
	l.temporary = false
	if err := os.RemoveAll(l.derived); err != nil {
		return fmt.Errorf("close lake: %w", err)
	}
	return nil
}

// The folders of a lake.
const (
	rawFolder        = "raw"
	indexFolder      = "index"
	quarantineFolder = "quarantine"
	receiptsFolder   = "receipts"
	erasuresFolder   = "erasures"
	ledgerFile       = "ledger.db"
	lockFile         = "writers.lock"
)

// path joins names to the folder of the lake.
func (l *Lake) path(names ...string) string {
	return filepath.Join(append([]string{l.opts.Dir}, names...)...)
}
