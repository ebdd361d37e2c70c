package lake

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/power100/tpe/internal/tpe"
)

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
	v.report.Segments++
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
		v.gone(day, name, receipt, detail)
		return nil
	}
	return v.missing(day, name, x, detail)
}
