package lake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/power100/tpe/internal/source"
)

// segments erases from the segments of every day.
func (e *eraser) segments(ctx context.Context) error {
	for f, err := range e.l.dayFolders(ctx, rawFolder) {
		if err != nil {
			return err
		}
		// The folder is listed again: what was open may be sealed by now.
		found, err := e.l.segmentsOf(f.day)
		if err != nil {
			return err
		}
		for _, s := range found {
			if s.state == StateOpen && !e.opts.DryRun {
				continue // its writer knows of the erasure
			}
			if err := e.segment(ctx, f.day, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// segment erases from one segment.
func (e *eraser) segment(ctx context.Context, day Day, s segmentFile) error {
	path := filepath.Join(e.l.rawFolder(day), s.file)
	p, err := e.survey(ctx, path, day)
	if err != nil {
		return err
	}
	if !p.concerned() {
		return e.checkIndex(ctx, day, s.name, path)
	}
	if !e.opts.DryRun {
		if err := e.replaceSegment(ctx, p, s.name); err != nil {
			return refused(err)
		}
	}
	e.done(ErasedFile{Path: e.l.within(path), Records: p.belongs, Redacted: p.mentions, Day: day})
	return nil
}

// checkIndex makes the index of a segment again that an erasure replaced
// before it was stopped.
func (e *eraser) checkIndex(ctx context.Context, day Day, name, path string) error {
	if e.opts.DryRun {
		return nil
	}
	x, err := openIndex(e.l.indexPath(day, name))
	if isGone(err) {
		_, err = e.l.ensureIndex(ctx, day, name, path)
		return err
	}
	if err != nil {
		return err
	}
	onDisk, err := digestOf(path)
	if err != nil || onDisk == x.OnDisk {
		return err
	}
	// Only when the receipts know that the segment was rewritten: any other
	// difference is for verify to find.
	was, err := e.rewrittenBefore(ctx, name)
	if err != nil || !was {
		return err
	}
	if err := removeIfThere(e.l.disk, e.l.indexPath(day, name)); err != nil {
		return err
	}
	_, err = e.l.ensureIndex(ctx, day, name, path)
	return err
}

// rewrittenBefore says whether this erasure has rewritten a segment.
func (e *eraser) rewrittenBefore(ctx context.Context, name string) (bool, error) {
	g, err := e.l.openLedger(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = g.close() }() // only read from
	n, err := g.byType(ctx, `SELECT name, files FROM erasures WHERE erasure = ? AND kind = ? AND name = ?`,
		e.opts.Erasure, receiptSeal, name)
	return len(n) > 0, err
}

// replaceSegment writes a segment without the person and swaps it in.
func (e *eraser) replaceSegment(ctx context.Context, p *part, name string) error {
	digest := xxhash.New()
	var rows []row
	var types typeList
	bytes, at := uint64(0), uint32(0)
	r, err := e.rewrite(ctx, p.path, func(out []byte, it *source.Item) ([]byte, error) {
		text, record, err := e.kept(p.path, it)
		if err != nil || text == nil {
			return out, err
		}
		if !record {
			at++
			return lineOf(out, text, nil), nil
		}
		out = lineOf(out, text, &e.tape)
		id, _ := identify(&e.tape, e.names)
		id.typ = types.number(id.typeName)
		rows = append(rows, row{entry: id.entry, line: at})
		at++
		_, _ = digest.Write(out)
		bytes += uint64(len(out))
		return out, nil
	})
	if err != nil {
		return err
	}
	line := receipt{
		Kind: receiptErase, Of: receiptSeal, Erasure: e.opts.Erasure, Day: p.day, Segment: name,
		Records: uint64(len(rows)), Bytes: bytes, Types: map[string]typeOf{},
		Files: 1, Copies: p.belongs, Redacted: p.mentions, Erased: counted(p.gone),
	}
	sum := uint64(0)
	for i := range rows {
		sum += rows[i].hash
		t := line.Types[types.names[rows[i].typ]]
		t.Records++
		if rows[i].flags&flagMarked != 0 {
			t.Marked++
		}
		line.Types[types.names[rows[i].typ]] = t
	}
	line.Hash = hexHash(sum)
	if err := e.w.receipts.writeSynced(&line); err != nil {
		return err
	}
	at2 := e.l.indexPath(p.day, name)
	if err := removeIfThere(e.l.disk, at2); err != nil {
		return err
	}
	return e.swap(r, p.path, func() error {
		_, err := e.l.writeIndex(at2, rows, indexHead{Types: types.names, Digest: digest.Sum64(), OnDisk: r.onDisk, Bytes: bytes})
		return err
	})
}

// foreign erases from the files that no writer of this kind made, folder by
// folder.
func (e *eraser) foreign(ctx context.Context) error {
	folders, err := e.l.folders(ctx)
	if err != nil {
		return err
	}
	for i := range folders {
		if err := e.foreignFolder(ctx, &folders[i]); err != nil {
			return err
		}
	}
	return nil
}

func (e *eraser) foreignFolder(ctx context.Context, f *folder) error {
	entries, err := readDir(f.path)
	if err != nil {
		return err
	}
	files, err := f.foreignIn(entries)
	if err != nil {
		return err
	}
	e.unread(f, entries, files)
	var parts []*part
	erased := map[Day]map[string]uint64{}
	var removed []string
	for _, file := range files {
		p, err := e.survey(ctx, filepath.Join(f.path, file.Name), f.day)
		if err != nil {
			return err
		}
		if !p.concerned() {
			continue
		}
		parts = append(parts, p)
		if p.left == 0 {
			removed = append(removed, e.l.relative(p.path))
		}
		for i := range p.gone {
			g := &p.gone[i]
			day := dayOfMillis(g.ms)
			if erased[day] == nil {
				erased[day] = map[string]uint64{}
			}
			erased[day][g.typeName]++
		}
		p.gone = nil
	}
	if len(parts) == 0 {
		return nil
	}
	if !e.opts.DryRun {
		if err := e.replaceForeign(ctx, f, parts, erased, removed); err != nil {
			return refused(err)
		}
	}
	for _, p := range parts {
		e.done(ErasedFile{Path: e.l.within(p.path), Records: p.belongs, Redacted: p.mentions, Removed: p.left == 0, Day: p.day})
	}
	return nil
}

// replaceForeign writes the receipt of a folder first, then swaps its files.
func (e *eraser) replaceForeign(ctx context.Context, f *folder, parts []*part, erased map[Day]map[string]uint64, removed []string) error {
	total := ErasedCounts{Files: uint64(len(parts))}
	for _, p := range parts {
		total.Records += p.belongs
		total.Redacted += p.mentions
	}
	if len(erased) == 0 {
		erased[f.day] = map[string]uint64{}
	}
	for day, types := range erased {
		line := receipt{
			Kind: receiptErase, Of: ofForeign, Erasure: e.opts.Erasure, Day: day, Segment: f.rel,
			Files: total.Files, Copies: total.Records, Redacted: total.Redacted,
			Types: map[string]typeOf{}, Erased: types, Removed: removed,
		}
		if err := e.w.receipts.writeSynced(&line); err != nil {
			return err
		}
		removed = nil
	}
	index := filepath.Join(e.l.path(indexFolder), filepath.FromSlash(f.rel), foreignIndexName)
	if err := removeIfThere(e.l.disk, index); err != nil {
		return err
	}
	for _, p := range parts {
		if p.left == 0 {
			if err := e.remember(); err != nil {
				return err
			}
			if err := removeIfThere(e.l.disk, p.path); err != nil {
				return err
			}
			if err := e.l.disk.syncDir(f.path); err != nil {
				return err
			}
			continue
		}
		r, err := e.rewrite(ctx, p.path, func(out []byte, it *source.Item) ([]byte, error) {
			text, _, err := e.kept(p.path, it)
			if err != nil || text == nil {
				return out, err
			}
			return lineOf(out, text, nil), nil
		})
		if err != nil {
			return err
		}
		if err := e.swap(r, p.path, func() error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// unread notes the files of a folder that hold no records by their names.
func (e *eraser) unread(f *folder, entries []os.DirEntry, files []indexFile) {
	known := map[string]bool{}
	for _, file := range files {
		known[file.Name] = true
	}
	for _, entry := range entries {
		name := entry.Name()
		_, _, segment := splitName(name)
		if entry.IsDir() || known[name] || segment && f.segments || strings.HasSuffix(name, tmpEnding) {
			continue
		}
		e.report.Unread = append(e.report.Unread, fmt.Sprintf("%s/%s", rawFolder, e.l.relative(filepath.Join(f.path, name))))
	}
}
