package lake

import (
	"context"
	"path/filepath"

	"github.com/power100/tpe/internal/tpe"
)

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
