package lake

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/source"
)

// QuarantineEdit says what becomes of items of quarantine.
type QuarantineEdit struct {
	ID string // a name of the edit
	// Leaves says of each item whether it leaves quarantine. It may be asked
	// again about one that left when the edit is stopped and done again.
	Leaves func(context.Context, *QuarantinedItem) (bool, error)
	// Dropped says that items that leave are gone, and count as erased. Else
	// they were stored, and count there.
	Dropped bool
	DryRun  bool
}

// EditedQuarantine says what an edit came to.
type EditedQuarantine struct {
	Left   uint64 `json:"left"`   // items that left quarantine, or would
	Stayed uint64 `json:"stayed"` // that were looked at
}

// EditQuarantine lets items leave quarantine, file by file, each replaced by
// one rename. What another process is writing is not looked at. The error is
// of the code Unavailable when an erasure or another edit works on the lake.
func (w *Writer) EditQuarantine(ctx context.Context, edit QuarantineEdit) (out EditedQuarantine, err error) {
	release, err := w.l.LockErasures()
	if err != nil {
		return out, err
	}
	defer release()
	e := &eraser{l: w.l, w: w, match: person.NewMatcher(person.Person{}), names: w.types}
	for f, err := range w.l.dayFolders(ctx, quarantineFolder) {
		if err != nil {
			return out, err
		}
		for _, s := range segmentsIn(f.entries) {
			if s.state == StateOpen {
				continue
			}
			if err := e.editFile(ctx, &edit, f.day, s.name, filepath.Join(f.path, s.file), &out); err != nil {
				return out, refused(fmt.Errorf("edit quarantine: %w", err))
			}
		}
	}
	return out, interruptedBy(ctx)
}

func (e *eraser) editFile(ctx context.Context, edit *QuarantineEdit, day Day, name, path string, out *EditedQuarantine) error {
	line := receipt{
		Kind: receiptErase, Of: receiptQuarantine, Erasure: edit.ID, Day: day, Segment: name,
		Types: map[string]typeOf{}, Erased: map[string]uint64{}, Files: 1,
	}
	leaves := map[int]bool{} // by line
	for it := range source.NewReader(source.Options{}).FileItems(ctx, source.File{Path: path}) {
		item, err := readQuarantined(&it)
		if err != nil {
			return err
		}
		item.Day = day
		left, err := edit.Leaves(ctx, &item)
		if err != nil {
			return err
		}
		if left {
			leaves[it.Line] = true
			if edit.Dropped {
				line.Copies++
				line.Erased[item.Type]++
			}
			continue
		}
		out.Stayed++
		line.Records++
		n := line.Types[item.Type]
		n.Records++
		line.Types[item.Type] = n
	}
	out.Left += uint64(len(leaves))
	if err := interruptedBy(ctx); err != nil || len(leaves) == 0 || edit.DryRun {
		return err
	}
	r, err := e.rewrite(ctx, path, func(dst []byte, it *source.Item) ([]byte, error) {
		if leaves[it.Line] {
			return dst, nil
		}
		return append(append(dst, it.Data...), '\n'), nil
	})
	if err == nil {
		err = e.w.receipts.writeSynced(&line)
	}
	if err == nil {
		err = e.swap(r, path, func() error { return nil })
	}
	return err
}
