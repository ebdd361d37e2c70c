package lake

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Verify reads every segment again and compares it with its index and its
// receipt. Each record that is missing, doubled, changed or damaged is given
// to each, which may be nil. The accounts are by day and type. A lake whose
// accounts do not add up is no error: Report.OK is false.
func (l *Lake) Verify(ctx context.Context, each func(Fault)) (Report, error) {
	g, err := l.openLedger(ctx)
	if err != nil {
		return Report{}, err
	}
	v := &verifier{
		l: l, ledger: g, each: each,
		report:   Report{Faults: map[FaultKind]uint64{}, Accounts: []Account{}, Total: Account{Day: NoDay}},
		accounts: map[string]*Account{},
	}
	err = v.run(ctx)
	return v.report, errors.Join(err, g.close())
}

// verifier is one run of Verify.
type verifier struct {
	l        *Lake
	ledger   *ledger
	each     func(Fault)
	report   Report
	accounts map[string]*Account // of the day at hand, by type

	unbalanced bool // an account does not add up
}

func (v *verifier) run(ctx context.Context) error {
	p, err := v.l.planFor(ctx, minDay, maxDay)
	if err != nil {
		return err
	}
	days, err := v.ledger.days(ctx)
	if err != nil {
		return err
	}
	for d := range p.days {
		days[d] = true
	}
	for _, folder := range []string{indexFolder, quarantineFolder} {
		for f, err := range v.l.dayFolders(ctx, folder) {
			if err != nil {
				return err
			}
			days[f.day] = true
		}
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		if err := v.day(ctx, day, p.days[day]); err != nil {
			return err
		}
	}
	v.report.OK = len(v.report.Faults) == 0 && !v.unbalanced
	return nil
}

// day verifies everything that belongs to one day.
func (v *verifier) day(ctx context.Context, day Day, p *dayPlan) error {
	v.accounts = map[string]*Account{}
	if err := v.segments(ctx, day); err != nil {
		return err
	}
	if p != nil {
		if err := v.acrossSegments(ctx, day, p); err != nil {
			return err
		}
	}
	if err := v.unstored(ctx, day); err != nil {
		return err
	}
	if err := v.quarantine(ctx, day); err != nil {
		return err
	}
	v.settle(day)
	return nil
}

// settle ends the accounts of a day.
func (v *verifier) settle(day Day) {
	for _, name := range slices.Sorted(maps.Keys(v.accounts)) {
		a := v.accounts[name]
		if *a == (Account{}) {
			continue
		}
		v.unbalanced = v.unbalanced || !a.Balanced()
		v.report.Total.add(a)
		a.Day, a.Type = day, name
		v.report.Accounts = append(v.report.Accounts, *a)
	}
}

func (v *verifier) account(typeName string) *Account {
	a := v.accounts[typeName]
	if a == nil {
		a = &Account{}
		v.accounts[typeName] = a
	}
	return a
}

// unstored adds the records of a day that came again, and those that were erased.
func (v *verifier) unstored(ctx context.Context, day Day) error {
	twice, err := v.ledger.duplicates(ctx, day)
	if err != nil {
		return err
	}
	for name, n := range twice {
		a := v.account(name)
		a.Received += n
		a.Duplicate += n
	}
	erased, err := v.ledger.erased(ctx, day)
	if err != nil {
		return err
	}
	for name, n := range erased {
		a := v.account(name)
		a.Received += n
		a.Erased += n
	}
	return nil
}

func (v *verifier) fault(f Fault) {
	v.report.Faults[f.Kind] += max(1, f.Records)
	if v.each != nil {
		v.each(f)
	}
}

// segments verifies the segments of a day that are there, and those that
// should be.
func (v *verifier) segments(ctx context.Context, day Day) error {
	receipts, err := v.ledger.segments(ctx, receiptSeal, day)
	if err != nil {
		return err
	}
	found, err := v.l.segmentsOf(day)
	if err != nil {
		return err
	}
	for _, s := range found {
		receipt := receipts[s.name]
		delete(receipts, s.name)
		if s.state == StateOpen {
			err = v.open(ctx, day, s)
		} else {
			err = v.sealed(ctx, day, s, receipt)
		}
		if err != nil {
			return err
		}
	}
	entries, err := readDir(filepath.Dir(v.l.indexPath(day, "x")))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), idxEnding)
		if !ok || !isSegmentName(name) || slices.ContainsFunc(found, func(s segmentFile) bool { return s.name == name }) {
			continue
		}
		if err := v.vanished(day, name, receipts[name]); err != nil {
			return err
		}
		delete(receipts, name)
	}
	for name, receipt := range receipts {
		v.gone(day, name, receipt, allGone)
	}
	return nil
}

// open counts an open segment: as far as it is written, it is received.
func (v *verifier) open(ctx context.Context, day Day, s segmentFile) error {
	found, _, err := v.l.scanOpen(ctx, day, s)
	if err != nil {
		return err
	}
	for i := range found.rows {
		a := v.account(found.types.names[found.rows[i].typ])
		a.Received++
		a.Stored++
	}
	v.report.Segments++
	v.report.Records += uint64(len(found.rows))
	return nil
}

// vanished reports a segment of which only the index is left.
func (v *verifier) vanished(day Day, name string, receipt *segmentReceipt) error {
	x, err := openIndex(v.l.indexPath(day, name))
	if err == nil {
		err = x.check()
	}
	if isGone(err) {
		if receipt != nil {
			v.gone(day, name, receipt, allGone)
		}
		return nil
	}
	if err != nil {
		return err
	}
	// The segment may have been written after the folder was read.
	if now, err := v.l.segmentsOf(day); err != nil || slices.ContainsFunc(now, func(s segmentFile) bool { return s.name == name }) {
		return err
	}
	return v.missing(day, name, x, "the segment is gone")
}

// missing reports each record of a segment that is not there, by its index.
func (v *verifier) missing(day Day, name string, x *index, detail string) error {
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
		typeName := x.Types[r.typ]
		v.account(typeName).Received++
		v.fault(Fault{
			Kind: Missing, Day: day, Segment: name, Line: int(r.line) + 1, ID: idOf(&r), Type: typeName,
			Records: 1, Detail: detail,
		})
	}
}

// allGone is the detail of a segment of which only the receipt is left.
const allGone = "the segment and its index are gone"

// gone reports a segment that is not there, by its receipt.
func (v *verifier) gone(day Day, name string, receipt *segmentReceipt, detail string) {
	for typeName, n := range receipt.types {
		v.account(typeName).Received += n
	}
	v.fault(Fault{Kind: Missing, Day: day, Segment: name, Records: receipt.records, Detail: detail})
}

// idOf writes the id of a row. Of an id that is no uuid only the hash is
// known.
func idOf(r *row) string {
	if r.flags&flagHashed != 0 {
		return "hash:" + strings.ReplaceAll(r.key.String(), "-", "")
	}
	return r.key.String()
}

// acrossSegments finds records that lie in two segments, and counts those in
// foreign files. There one that comes again is a duplicate, as it is to what
// reads them.
func (v *verifier) acrossSegments(ctx context.Context, day Day, p *dayPlan) error {
	all := func(*index) (bool, error) { return true, nil }
	d, err := v.l.filesOf(ctx, day, p, all)
	if err != nil {
		return err
	}
	for i := range d.files {
		f := &d.files[i]
		if f.state == StateForeign && f.home {
			v.report.Foreign++
		}
		if f.damaged {
			v.fault(Fault{Kind: Damaged, Day: day, Segment: v.l.relative(f.path), Detail: "places that are no records"})
		}
	}
	stored := false // an equal record lies in a segment
	return d.merge(func(r *row, again, _ bool) error {
		f := &d.files[r.file]
		typeName := d.types.names[r.typ]
		switch {
		case f.state == StateForeign && again:
			a := v.account(typeName)
			a.Received++
			a.Duplicate++
		case f.state == StateForeign:
			a := v.account(typeName)
			a.Received++
			a.Stored++
			v.report.Records++
		case again && stored:
			v.fault(Fault{
				Kind: Doubled, Day: day, Segment: f.name, Line: int(r.line) + 1, ID: idOf(r), Type: typeName,
				Records: 1, Detail: "it lies in another segment as well",
			})
		}
		stored = f.state != StateForeign || again && stored
		return nil
	})
}

// quarantine compares the files of quarantine with their receipts.
func (v *verifier) quarantine(ctx context.Context, day Day) error {
	receipts, err := v.ledger.segments(ctx, receiptQuarantine, day)
	if err != nil {
		return err
	}
	folder := filepath.Dir(v.l.quarantinePath(day, "x", ""))
	entries, err := readDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, s := range segmentsIn(entries) {
		found, err := v.l.countQuarantineFile(ctx, day, filepath.Join(folder, s.file))
		if err != nil {
			return err
		}
		receipt := receipts[s.name]
		delete(receipts, s.name)
		names := map[string]bool{}
		for name := range found {
			names[name] = true
		}
		if receipt != nil && s.state == StateSealed {
			for name := range receipt.types {
				names[name] = true
			}
		} else {
			receipt = &segmentReceipt{types: found}
		}
		for name := range names {
			a := v.account(name)
			a.Received += receipt.types[name]
			a.Quarantined += found[name]
			if was, is := receipt.types[name], found[name]; was != is {
				v.differs(day, s.name, name, was, is)
			}
		}
	}
	for name, receipt := range receipts {
		v.gone(day, quarantineFolder+"/"+name, receipt, allGone)
	}
	return nil
}

// differs reports a file of quarantine that holds more or less than its
// receipt says.
func (v *verifier) differs(day Day, name, typeName string, was, is uint64) {
	f := Fault{Kind: Missing, Day: day, Segment: quarantineFolder + "/" + name, Type: typeName, Records: was - is}
	if is > was {
		f.Kind, f.Records = Added, is-was
	}
	v.fault(f)
}
