package compact

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// manifestName is the file in a day's folder that says which Parquet files
// are the day's. Its name begins with an underscore, so that engines which
// read the whole folder pass it by.
const manifestName = "_manifest.json"

// manifest says of one day which files hold it and what they were made from.
// Replacing it is what makes new files count.
type manifest struct {
	Version    int             `json:"version"`
	Day        lake.Day        `json:"day"`
	Tool       string          `json:"tool"` // version of tpe
	Rows       int64           `json:"rows"`
	Duplicates int64           `json:"duplicates"` // records that came again with the same content
	Hash       hash            `json:"hash"`       // proof of all rows
	Files      []manifestFile  `json:"files"`
	Mixed      bool            `json:"mixed,omitempty"` // each file is sorted, but one does not follow on the other
	Inputs     []manifestInput `json:"inputs"`
	Replaced   []string        `json:"replaced,omitempty"` // in a bucket: files that nobody needs since the manifest is in force
}

// manifestVersion is the version of the form of manifests.
const manifestVersion = 1

// manifestFile is one Parquet file.
type manifestFile struct {
	Name  string `json:"name"` // in the day's folder
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
	Hash  hash   `json:"hash"`
}

// manifestInput is one file of raw records. Records and hash count what of it
// lies on the day, duplicates included.
type manifestInput struct {
	Name     string `json:"name"` // relative to raw
	Bytes    int64  `json:"bytes"`
	Records  int64  `json:"records"`
	Hash     hash   `json:"hash"`
	Modified int64  `json:"modified,omitempty"` // ns since 1970; of files that are no segments
	Total    int64  `json:"total,omitempty"`    // records of all days; of files that are no segments
}

// hash is a sum of content hashes, in JSON as 16 hexadecimal digits.
type hash uint64

// String returns the 16 digits.
func (h hash) String() string { return fmt.Sprintf("%016x", uint64(h)) }

// MarshalText writes the 16 digits.
func (h hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads them.
func (h *hash) UnmarshalText(b []byte) error {
	v, err := strconv.ParseUint(string(b), 16, 64)
	*h = hash(v)
	return err
}

// proof returns the proof of all rows.
func (m *manifest) proof() columns.Proof { return columns.Proof{Rows: m.Rows, Hash: uint64(m.Hash)} }

// live reports whether a file of the day's folder is one of its Parquet files.
func (m *manifest) live(name string) bool {
	if m == nil {
		return false
	}
	for _, f := range m.Files {
		if f.Name == name {
			return true
		}
	}
	return false
}

// readManifest reads the manifest in a folder; nil when there is none. The
// error is of the code Invalid when it cannot be understood.
func readManifest(folder string) (*manifest, error) {
	path := filepath.Join(folder, manifestName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return parseManifest(b, path)
}

// parseManifest reads the text of a manifest. The error is of the code
// Invalid, and names where it lies.
func parseManifest(text []byte, where string) (*manifest, error) {
	var m manifest
	err := json.Unmarshal(text, &m)
	if err == nil && m.Version != manifestVersion {
		err = fmt.Errorf("version %d is not known", m.Version)
	}
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Invalid, Message: "read manifest " + where, Err: err,
			Hint: "remove the day's Parquet folder and compact the day again"}
	}
	return &m, nil
}

// text returns the manifest as it is stored. It may name thousands of files,
// which nobody reads one below the other.
func (m *manifest) text() ([]byte, error) {
	b, err := json.Marshal(m)
	return append(b, '\n'), err
}

// inForce is what the manifests of a lake say. One that cannot be read is the
// trouble of its day alone.
type inForce struct {
	manifests map[lake.Day]*manifest
	damaged   map[lake.Day]error // why a manifest cannot be read
}

func newInForce() inForce {
	return inForce{map[lake.Day]*manifest{}, map[lake.Day]error{}}
}

// add takes what reading the manifest of a day has brought.
func (f inForce) add(day lake.Day, m *manifest, err error) {
	switch {
	case err != nil:
		f.damaged[day] = err
	case m != nil:
		f.manifests[day] = m
	}
}

// days returns the days that have a manifest, whether or not it can be read, in
// order.
func (f inForce) days() []lake.Day {
	all := slices.AppendSeq(slices.Collect(maps.Keys(f.manifests)), maps.Keys(f.damaged))
	slices.Sort(all)
	return all
}

// manifests reads the manifests of all days in the range and of the days
// next to it.
func manifests(parquet string, r days) (inForce, error) {
	out := newInForce()
	for day, err := range dayFolders(parquet, r) {
		if err != nil {
			return out, err
		}
		m, err := readManifest(filepath.Join(parquet, filepath.FromSlash(day.Folder())))
		out.add(day, m, err)
	}
	return out, nil
}

// dayFolders yields the days in the range, and next to it, that have a folder.
func dayFolders(parquet string, r days) iter.Seq2[lake.Day, error] {
	return func(yield func(lake.Day, error) bool) {
		folders, err := fs.Glob(os.DirFS(parquet), "year=*/month=*/day=*")
		if err != nil {
			yield(0, fmt.Errorf("list days: %w", err))
			return
		}
		for _, folder := range folders {
			if day, ok := dayIn(folder + "/"); ok && r.around(day) && !yield(day, nil) {
				return
			}
		}
	}
}
