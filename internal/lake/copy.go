package lake

import (
	"context"
	"errors"
	"io"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// Copy is another place that holds the files of a lake. Names are paths
// relative to the lake's folder, with slashes.
type Copy interface {
	// Files yields the names that begin with a prefix, in their order.
	Files(ctx context.Context, prefix string) iter.Seq2[string, error]
	// Fetch brings a file to the disk, under a name of the same ending. The
	// error is of the code NotFound when there is no such file.
	Fetch(ctx context.Context, name string) (Fetched, error)
}

// Fetched is a file of a copy on the disk.
type Fetched struct {
	Path    string
	Damaged bool // the copy itself says that the bytes are not what was stored
	Release func()
}

// VerifyCopy reads every file of raw, quarantine and receipts that a copy
// has, and compares it with what the lake's indexes and receipts say. Each
// record that is missing, doubled, changed or damaged in the copy is given to
// each, which may be nil. What is still open is not part of the copy.
func (l *Lake) VerifyCopy(ctx context.Context, c Copy, each func(Fault)) (Report, error) {
	g, err := l.openLedger(ctx)
	if err != nil {
		return Report{}, err
	}
	v := &copyVerifier{verifier: verifier{
		l: l, ledger: g, each: each,
		report:   Report{Faults: map[FaultKind]uint64{}, Accounts: []Account{}, Total: Account{Day: NoDay}},
		accounts: map[string]*Account{},
	}, copy: c}
	err = v.run(ctx)
	return v.report, errors.Join(err, g.close())
}

// copyVerifier is one run of VerifyCopy.
type copyVerifier struct {
	verifier
	copy Copy
}

func (v *copyVerifier) run(ctx context.Context) error {
	folders, err := v.l.folders(ctx)
	if err != nil {
		return err
	}
	byDay := map[Day][]folder{}
	for _, f := range folders {
		byDay[f.day] = append(byDay[f.day], f)
	}
	days, err := v.ledger.days(ctx)
	if err != nil {
		return err
	}
	for d := range byDay {
		days[d] = true
	}
	// Folders that only the copy has.
	known := map[string]bool{}
	for _, f := range folders {
		known[f.rel] = true
	}
	for name, err := range v.copy.Files(ctx, rawFolder+"/") {
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(path.Dir(name), rawFolder+"/")
		if known[rel] || path.Dir(name) == rawFolder {
			continue
		}
		known[rel] = true
		f := folder{rel: rel, path: v.l.path(rawFolder, filepath.FromSlash(rel))}
		f.day, f.dated = dayOfFolder(rel)
		f.segments = f.dated && f.day.Folder() == rel
		byDay[f.day] = append(byDay[f.day], f)
		days[f.day] = true
	}
	for f, err := range v.l.dayFolders(ctx, quarantineFolder) {
		if err != nil {
			return err
		}
		days[f.day] = true
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		v.accounts = map[string]*Account{}
		if err := v.day(ctx, day, byDay[day]); err != nil {
			return err
		}
		v.settle(day)
	}
	if err := v.receipts(ctx); err != nil {
		return err
	}
	v.report.OK = len(v.report.Faults) == 0 && !v.unbalanced
	return nil
}

// day verifies the copy's files of one day.
func (v *copyVerifier) day(ctx context.Context, day Day, folders []folder) error {
	if !slices.ContainsFunc(folders, func(f folder) bool { return f.segments }) {
		folders = append(folders, folder{rel: day.Folder(), path: v.l.rawFolder(day), day: day, dated: true, segments: true})
	}
	for i := range folders {
		if err := v.folder(ctx, day, &folders[i]); err != nil {
			return err
		}
	}
	if err := v.unstored(ctx, day); err != nil {
		return err
	}
	return v.quarantine(ctx, day)
}

// folder verifies the copy's files of one folder.
func (v *copyVerifier) folder(ctx context.Context, day Day, f *folder) error {
	entries, err := readDir(f.path)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	prefix := rawFolder + "/"
	if f.rel != "" {
		prefix += f.rel + "/"
	}
	for name, err := range v.copy.Files(ctx, prefix) {
		if err != nil {
			return err
		}
		if rest := strings.TrimPrefix(name, prefix); !strings.Contains(rest, "/") {
			there[rest] = true
		}
	}
	if f.segments {
		if err := v.copiedSegments(ctx, day, prefix, entries, there); err != nil {
			return err
		}
	}
	files, err := f.foreignIn(entries)
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name, ".open") {
			continue
		}
		delete(there, file.Name)
		if err := v.foreign(ctx, day, prefix+file.Name); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if isRecordFile(name) {
			if err := v.extra(ctx, day, prefix+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// receipts sees whether the copy has the receipts. They grow, so that it may
// have a part of them.
func (v *copyVerifier) receipts(ctx context.Context) error {
	entries, err := readDir(v.l.path(receiptsFolder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := receiptsFolder + "/" + e.Name()
		if !strings.HasSuffix(name, rawEnding) {
			continue
		}
		f, err := v.copy.Fetch(ctx, name)
		if tpe.CodeOf(err) == tpe.NotFound {
			v.fault(Fault{Kind: Missing, Day: NoDay, Segment: name, Detail: "the copy does not have the receipts"})
			continue
		}
		if err != nil {
			return err
		}
		same, err := beginsWith(v.l.path(receiptsFolder, e.Name()), f.Path)
		f.Release()
		if err != nil {
			return err
		}
		if !same {
			v.fault(Fault{Kind: Changed, Day: NoDay, Segment: name, Detail: "the receipts of the copy are not those of the lake"})
		}
	}
	return nil
}

// beginsWith reports whether a file begins with the bytes of another one.
func beginsWith(path, part string) (bool, error) {
	info, err := os.Stat(part)
	if err != nil {
		return false, err
	}
	b, err := digestOf(part)
	if err != nil {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // only read from
	a, n, err := digestOfReader(io.LimitReader(f, info.Size()))
	return err == nil && n == info.Size() && a == b, err
}
