package lake

import (
	"context"
	"path/filepath"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
)

// quarantine erases from what could not be taken. An item belongs to the
// person when its body does; a body that is no JSON does when it has an id of
// the person anywhere.
func (e *eraser) quarantine(ctx context.Context) error {
	for f, err := range e.l.dayFolders(ctx, quarantineFolder) {
		if err != nil {
			return err
		}
		entries, err := readDir(f.path)
		if err != nil {
			return err
		}
		for _, s := range segmentsIn(entries) {
			if s.state == StateOpen && !e.opts.DryRun {
				continue // its writer knows of the erasure
			}
			if err := e.quarantineFile(ctx, f.day, s.name, filepath.Join(f.path, s.file)); err != nil {
				return err
			}
		}
	}
	return nil
}

// itemVerdict judges an item of quarantine, which is on e.tape.
func (e *eraser) itemVerdict() (person.Verdict, string) {
	t := &e.tape
	typeName := ""
	if body, ok := t.Find("body"); ok {
		typeName = typeText(t, body)
		if e.match.Spares(t) {
			return person.Untouched, typeName
		}
		if e.inner.Parse(t.Raw(body)) == nil && e.match.Judge(&e.inner) == person.Belongs {
			e.role(&e.inner)
			return person.Belongs, typeName
		}
	}
	if text, ok := t.Find("text"); ok && t.Kind(text) == tape.KindString && e.match.Text(t.Bytes(text)) {
		return person.Belongs, typeName
	}
	if e.match.Judge(t) != person.Untouched {
		return person.Mentions, typeName
	}
	return person.Untouched, typeName
}

func (e *eraser) quarantineFile(ctx context.Context, day Day, name, path string) error {
	line := receipt{
		Kind: receiptErase, Of: receiptQuarantine, Erasure: e.opts.Erasure, Day: day, Segment: name,
		Types: map[string]typeOf{}, Erased: map[string]uint64{},
	}
	found := ErasedFile{Path: e.l.within(path), Day: day}
	if err := e.at(path); err != nil {
		return err
	}
	for it := range source.NewReader(source.Options{}).FileItems(ctx, source.File{Path: path}) {
		if it.Err != nil && it.Err.Kind == source.Torn && e.opts.DryRun {
			break // being written
		}
		if it.Err != nil {
			return e.unreadable(path, it.Line, it.Err.Error())
		}
		if err := e.tape.Parse(it.Data); err != nil {
			return e.unreadable(path, it.Line, err.Error())
		}
		v, typeName := e.itemVerdict()
		if body, ok := e.tape.Find("body"); ok && v != person.Untouched && e.inner.Parse(e.tape.Raw(body)) == nil {
			id, _ := identify(&e.inner, e.names)
			e.changes(&id)
		}
		switch v {
		case person.Belongs:
			found.Records++
			line.Erased[typeName]++
			continue
		case person.Mentions:
			found.Redacted++
		case person.Untouched:
		}
		line.Records++
		n := line.Types[typeName]
		n.Records++
		line.Types[typeName] = n
	}
	line.Files, line.Copies, line.Redacted = 1, found.Records, found.Redacted
	e.report.Looked++
	if err := interruptedBy(ctx); err != nil || found.Records+found.Redacted == 0 {
		return err
	}
	if !e.opts.DryRun {
		r, err := e.rewrite(ctx, path, func(out []byte, it *source.Item) ([]byte, error) {
			if err := e.tape.Parse(it.Data); err != nil {
				return out, e.unreadable(path, it.Line, err.Error())
			}
			switch v, _ := e.itemVerdict(); v {
			case person.Belongs:
				return out, nil
			case person.Mentions:
				return append(e.match.AppendWithout(out, &e.tape), '\n'), nil
			case person.Untouched:
			}
			return append(append(out, it.Data...), '\n'), nil
		})
		if err == nil {
			err = e.w.receipts.writeSynced(&line)
		}
		if err == nil {
			err = e.swap(r, path, func() error { return nil })
		}
		if err != nil {
			return refused(err)
		}
	}
	e.done(found)
	return nil
}
