package lake

import (
	"context"
	"errors"
	"fmt"
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
		report:   Report{Faults: map[FaultKind]uint64{}, Accounts: []Account{}},
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
	twice, err := v.ledger.duplicates(ctx, day)
	if err != nil {
		return err
	}
	for name, n := range twice {
		a := v.account(name)
		a.Received += n
		a.Duplicate += n
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

// copiedSegments verifies the segments of a day, and takes their names out of
// those that are there.
func (v *copyVerifier) copiedSegments(ctx context.Context, day Day, prefix string, entries []os.DirEntry, there map[string]bool) error {
	receipts, err := v.ledger.segments(ctx, receiptSeal, day)
	if err != nil {
		return err
	}
	local := map[string]string{} // file by name
	open := map[string]bool{}
	for _, s := range segmentsIn(entries) {
		if s.state == StateSealed {
			local[s.name] = s.file
		} else {
			open[s.name] = true
		}
	}
	names := map[string]bool{}
	for name := range local {
		names[name] = true
	}
	for name := range receipts {
		names[name] = !open[name] // the receipt is written before the rename
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !names[name] {
			continue
		}
		file := local[name]
		for _, ending := range []string{zstdEnding, rawEnding} {
			if file == "" && there[name+ending] {
				file = name + ending
			}
		}
		if file == "" {
			file = name + zstdEnding
		}
		delete(there, file)
		if err := v.segment(ctx, day, name, prefix+file, local[name], receipts[name]); err != nil {
			return err
		}
	}
	return nil
}

// segment compares one segment of the copy with its index, or its receipt.
func (v *copyVerifier) segment(ctx context.Context, day Day, name, key, local string, receipt *segmentReceipt) error {
	x, err := openIndex(v.l.indexPath(day, name))
	if err == nil {
		err = x.check()
	}
	if isGone(err) && local != "" {
		x, err = v.l.ensureIndex(ctx, day, name, filepath.Join(v.l.rawFolder(day), local))
	}
	if err != nil && !isGone(err) {
		return err
	}
	if err != nil {
		x = nil
	}
	f, err := v.copy.Fetch(ctx, key)
	if tpe.CodeOf(err) == tpe.NotFound {
		return v.absent(day, name, x, receipt)
	}
	if err != nil {
		return err
	}
	defer f.Release()
	found, err := v.l.scan(ctx, f.Path)
	if err != nil && ctx.Err() == nil { // cut in the middle of a frame
		found = &scanned{damaged: 1}
	} else if err != nil {
		return err
	}
	v.counted(found)
	c := &comparison{v: &v.verifier, day: day, name: name, path: f.Path, found: found}
	if found.damaged > 0 {
		c.fault(Fault{Kind: Damaged, Records: uint64(found.damaged), Detail: "places that are no records"})
	}
	switch {
	case x != nil:
		return c.withIndex(x)
	case receipt != nil:
		c.withReceipt(receipt)
	}
	return nil
}

// counted counts what was found in the copy.
func (v *copyVerifier) counted(found *scanned) {
	v.report.Segments++
	v.report.Records += uint64(len(found.rows))
	for i := range found.rows {
		v.account(found.types.names[found.rows[i].typ]).Stored++
	}
}

// absent reports a segment that the copy does not have, by record when its
// index is there.
func (v *copyVerifier) absent(day Day, name string, x *index, receipt *segmentReceipt) error {
	const detail = "the copy does not have the segment"
	if x == nil {
		for typeName, n := range receipt.types {
			v.account(typeName).Received += n
		}
		v.fault(Fault{Kind: Missing, Day: day, Segment: name, Records: receipt.records, Detail: detail})
		return nil
	}
	rows, err := x.rows(rowBuffer)
	if err != nil {
		return err
	}
	defer rows.close()
	var r row
	for {
		more, err := rows.next(&r)
		if err != nil || !more {
			return err
		}
		v.account(x.Types[r.typ]).Received++
		v.fault(Fault{Kind: Missing, Day: day, Segment: name, Line: int(r.line) + 1, ID: idOf(&r), Type: x.Types[r.typ], Records: 1, Detail: detail})
	}
}

// foreign compares a file that is no segment with the lake's own.
func (v *copyVerifier) foreign(ctx context.Context, day Day, key string) error {
	path := v.l.path(filepath.FromSlash(key))
	f, err := v.copy.Fetch(ctx, key)
	absent := tpe.CodeOf(err) == tpe.NotFound
	if err != nil && !absent {
		return err
	}
	is := &scanned{}
	if !absent {
		defer f.Release()
		if is, err = v.l.scan(ctx, f.Path); err != nil {
			return err
		}
		v.counted(is)
	}
	was, err := v.l.scan(ctx, path)
	if err != nil {
		return err
	}
	for i := range was.rows {
		v.account(was.types.names[was.rows[i].typ]).Received++
	}
	c := &comparison{v: &v.verifier, day: day, name: strings.TrimPrefix(key, rawFolder+"/"), path: f.Path, found: is}
	c.withRows(was)
	if absent || c.faults > 0 {
		return nil
	}
	return v.sameBytes(day, c.name, path, f.Path)
}

// withRows compares record by record with another scan.
func (c *comparison) withRows(was *scanned) {
	x := &index{indexHead: indexHead{Types: was.types.names}}
	a, b := slices.Clone(was.rows), slices.Clone(c.found.rows)
	sortRows(a)
	sortRows(b)
	run := func(rows []row, k key) int {
		n := 0
		for n < len(rows) && rows[n].key == k {
			n++
		}
		return n
	}
	for len(a) > 0 || len(b) > 0 {
		var k key
		if len(b) == 0 || len(a) > 0 && compareKeys(&a[0].key, &b[0].key) <= 0 {
			k = a[0].key
		} else {
			k = b[0].key
		}
		n, m := run(a, k), run(b, k)
		c.oneID(x, a[:n], b[:m])
		a, b = a[n:], b[m:]
	}
}

// sameBytes reports a file whose bytes differ though its records do not.
func (v *copyVerifier) sameBytes(day Day, name, local, copied string) error {
	a, err := digestOf(local)
	if err != nil {
		return err
	}
	b, err := digestOf(copied)
	if err == nil && a != b {
		v.fault(Fault{Kind: Changed, Day: day, Segment: name, Detail: "the bytes of the file differ, though its records say the same"})
	}
	return err
}

// extra reports the records of a file that only the copy has. Those that the
// day has as well are doubled.
func (v *copyVerifier) extra(ctx context.Context, day Day, key string) error {
	f, err := v.copy.Fetch(ctx, key)
	if err != nil {
		if tpe.CodeOf(err) == tpe.NotFound {
			return nil
		}
		return err
	}
	defer f.Release()
	found, err := v.l.scan(ctx, f.Path)
	if err != nil {
		return err
	}
	v.counted(found)
	name := strings.TrimPrefix(key, rawFolder+"/")
	if len(found.rows) == 0 {
		v.fault(Fault{Kind: Added, Day: day, Segment: name, Detail: "only the copy has the file"})
	}
	for i := range found.rows {
		r := &found.rows[i]
		kind := Added
		again, err := v.stored(ctx, day, r)
		if err != nil {
			return err
		}
		if again {
			kind = Doubled
		}
		v.fault(Fault{Kind: kind, Day: day, Segment: name, Line: int(r.line) + 1, ID: idOf(r), Type: found.types.names[r.typ], Records: 1, Detail: "only the copy has the file"})
	}
	return nil
}

// stored looks for a record in the segments of a day.
func (v *copyVerifier) stored(ctx context.Context, day Day, r *row) (bool, error) {
	segments, err := v.l.segmentsOf(day)
	if err != nil {
		return false, err
	}
	for _, s := range segments {
		if s.state != StateSealed {
			continue
		}
		x, err := v.l.ensureIndex(ctx, day, s.name, filepath.Join(v.l.rawFolder(day), s.file))
		if err != nil {
			return false, err
		}
		f, err := os.Open(x.path)
		if err != nil {
			return false, fmt.Errorf("open index: %w", err)
		}
		m, err := x.lookup(f, &r.key, r.hash)
		_ = f.Close() // only read from
		if err != nil || m == equal {
			return m == equal, err
		}
	}
	return false, nil
}

// quarantine compares the copy's files of quarantine with the lake's.
func (v *copyVerifier) quarantine(ctx context.Context, day Day) error {
	receipts, err := v.ledger.segments(ctx, receiptQuarantine, day)
	if err != nil {
		return err
	}
	folder := filepath.Dir(v.l.quarantinePath(day, "x", ""))
	entries, err := readDir(folder)
	if err != nil {
		return err
	}
	for _, s := range segmentsIn(entries) {
		if s.state != StateSealed {
			continue
		}
		local := filepath.Join(folder, s.file)
		want, err := v.l.countQuarantineFile(ctx, day, local)
		if err != nil {
			return err
		}
		if r := receipts[s.name]; r != nil {
			want = r.types
		}
		for name, n := range want {
			v.account(name).Received += n
		}
		f, err := v.copy.Fetch(ctx, quarantineFolder+"/"+day.Folder()+"/"+s.file)
		if tpe.CodeOf(err) == tpe.NotFound {
			for name, n := range want {
				v.differs(day, s.name, name, n, 0)
			}
			continue
		}
		if err != nil {
			return err
		}
		err = v.quarantineFile(ctx, day, s.name, local, f.Path, want)
		f.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *copyVerifier) quarantineFile(ctx context.Context, day Day, name, local, copied string, want map[string]uint64) error {
	found, err := v.l.countQuarantineFile(ctx, day, copied)
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		v.fault(Fault{Kind: Damaged, Day: day, Segment: quarantineFolder + "/" + name, Detail: err.Error()})
	}
	wrong := err != nil
	for typeName, n := range found {
		v.account(typeName).Quarantined += n
	}
	for typeName, n := range want {
		if found[typeName] != n {
			wrong = true
			v.differs(day, name, typeName, n, found[typeName])
		}
	}
	if wrong {
		return nil
	}
	return v.sameBytes(day, quarantineFolder+"/"+name, local, copied)
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
			v.fault(Fault{Kind: Missing, Segment: name, Detail: "the copy does not have the receipts"})
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
			v.fault(Fault{Kind: Changed, Segment: name, Detail: "the receipts of the copy are not those of the lake"})
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
