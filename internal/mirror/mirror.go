// Package mirror keeps a copy of a lake in an S3 bucket, under the same
// relative paths: once, continuously beside a server, or as a check.
//
// Content decides what is sent. A ledger remembers of every object the size,
// times and inode of the file it was made from, and its checksum, so that
// what has not changed is neither sent nor read. The ledger is an index: it
// can be made again from the files and the bucket.
//
// The package must never replace an object that it did not look at, never let
// a damaged segment replace its whole copy, and never remove an object but a
// Parquet file that a newer manifest has replaced.
package mirror

import (
	"log/slog"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/lake"
)

// Options says what is copied where. Lake and Bucket are required.
type Options struct {
	Lake   *lake.Lake
	Bucket *bucket.Bucket

	// Gate bounds the requests under way; NewGate(0) when nil. It should be
	// the one whose Slow the bucket's OnRetry calls.
	Gate *Gate
	// DryRun finds out what is to be done, and does nothing.
	DryRun bool
	// Check reads every file and holds it against the ledger and the bucket,
	// and sends nothing. What the ledger says wrong is struck out.
	Check bool
	// Each is told of every action, in the order of keys; it may be nil.
	Each func(Action)
	// Progress is told how many files and bytes are done; it may be nil.
	Progress func(Progress)
	Now      func() time.Time // time.Now when nil
	Log      *slog.Logger     // discards when nil

	force bool // the lake's Parquet counts, whatever the bucket has
}

func (o Options) withDefaults() Options {
	if o.Gate == nil {
		o.Gate = NewGate(0)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Progress says how far a sync is. The totals grow while files are found.
type Progress struct {
	Files, TotalFiles int64
	Bytes, TotalBytes int64
}

// stateFolder holds the ledgers, below the lake's folder.
const stateFolder = "index/sync"

// mirrored reports whether a file below a folder of the lake belongs into the
// copy. What is being written does not.
func mirrored(key string) bool {
	name := path.Base(key)
	return !strings.HasSuffix(name, ".tmp") && !strings.HasSuffix(name, ".open") && !strings.HasSuffix(name, ".lock")
}

// entered reports whether a folder of the lake is looked into. Only what
// belongs to a lake is copied, so that an erasure finds it again. The indexes
// can be made again; the key of the erasures, and what it hashes, are not for a
// copy; and an erasure leaves exports to whoever has made them.
func entered(name string) bool {
	return slices.Contains([]string{"parquet", "quarantine", "raw", "receipts"}, name)
}

// manifestName is the file that says which Parquet files of a folder count.
const manifestName = "_manifest.json"

// rowsFile recognises the Parquet files that compaction makes and replaces.
var rowsFile = regexp.MustCompile(`^rows-\d{4,}-[0-9a-f]{16}\.parquet$`)

// replaceable reports whether an object that the lake does not have any more
// is a Parquet file of a day that was compacted again.
func replaceable(key string) bool {
	return strings.HasPrefix(key, "parquet/") && rowsFile.MatchString(path.Base(key))
}

// together returns the folder whose files must change hands in one order, or
// nothing: new Parquet files first, then the manifest, then the old files go.
func together(key string) string {
	if strings.HasPrefix(key, "parquet/") {
		return path.Dir(key) + "/"
	}
	return ""
}
