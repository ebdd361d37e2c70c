package compact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/spool"
	"github.com/power100/tpe/internal/tpe"
)

// VerifyCopy holds the Parquet files of a copy of the lake against the raw
// records of the lake, as Verify does with the lake's own. A day's files are
// brought to the disk while the day is compared.
func VerifyCopy(ctx context.Context, l *lake.Lake, c lake.Copy, opts Options) (report VerifyReport, err error) {
	opts = opts.withDefaults()
	report = VerifyReport{Days: []VerifyDay{}}
	r := dayRange(opts.Since, opts.Until)
	here, err := manifests(parquetFolder(l), r)
	if err != nil {
		return report, err
	}
	dir, end, err := spool.New(spool.Verify)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, end()) }()
	there, files, err := copiedManifests(ctx, c, r)
	if err != nil {
		return report, interrupted(err)
	}
	plans, err := planWith(ctx, l, r, there, false)
	if err != nil {
		return report, interrupted(err)
	}
	plans = withCopiedStrays(plans, r, files)
	report.Days, err = eachPlan(ctx, plans, opts.Jobs, func() func(*dayPlan) (VerifyDay, error) {
		raw := newStream(opts.Gate, opts.Memory)
		return func(p *dayPlan) (VerifyDay, error) {
			day, err := verifyCopiedDay(ctx, raw, c, p, filepath.Join(dir, p.day.String()))
			if here.manifests[p.day] != nil && p.manifest == nil && p.damaged == nil {
				day.State = Differs
				day.Findings = append(day.Findings, Finding{Kind: Missing, File: manifestName, Reason: "the copy does not have the day's Parquet"})
				day.Missing++
			}
			return day, err
		}
	})
	report.total()
	if err == nil && report.Differing > 0 {
		err = &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("on %d days the Parquet files of the copy differ from the raw records", report.Differing),
			Hint: "run tpe lake verify without --s3; when the lake is right, remove the objects that differ and run tpe lake sync"}
	}
	return report, err
}

// copiedManifests reads the manifests of a copy, and lists by day the Parquet
// files below the day's folder.
func copiedManifests(ctx context.Context, c lake.Copy, r days) (inForce, map[lake.Day][]string, error) {
	out, files := newInForce(), map[lake.Day][]string{}
	for name, err := range c.Files(ctx, "parquet/") {
		if err != nil {
			return out, nil, err
		}
		day, ok := dayIn(strings.TrimPrefix(name, "parquet/"))
		if !ok || !r.around(day) {
			continue
		}
		switch rel := strings.TrimPrefix(name, "parquet/"+day.Folder()+"/"); {
		case rel == manifestName:
			m, err := copiedManifest(ctx, c, name)
			if err != nil && tpe.CodeOf(err) != tpe.Invalid {
				return out, nil, err
			}
			out.add(day, m, err)
		case strings.HasSuffix(rel, ".parquet"):
			files[day] = append(files[day], rel)
		}
	}
	return out, files, nil
}

// withCopiedStrays notes the Parquet files of each day that its manifest does
// not name, also of days that have nothing else.
func withCopiedStrays(plans []dayPlan, r days, files map[lake.Day][]string) []dayPlan {
	for i := range plans {
		p := &plans[i]
		for _, name := range files[p.day] {
			if p.damaged == nil && !p.manifest.live(name) {
				p.strays = append(p.strays, Finding{Kind: Doubled, File: name, Reason: unnamed})
			}
		}
		delete(files, p.day)
	}
	for day, names := range files {
		if !r.has(day) {
			continue
		}
		p := dayPlan{day: day}
		for _, name := range names {
			p.strays = append(p.strays, Finding{Kind: Doubled, File: name, Reason: unnamed})
		}
		plans = append(plans, p)
	}
	slices.SortFunc(plans, func(a, b dayPlan) int { return cmp.Compare(a.day, b.day) })
	return plans
}

// copiedManifest reads one manifest. The error is of the
// code Invalid when it cannot be understood.
func copiedManifest(ctx context.Context, c lake.Copy, name string) (*manifest, error) {
	f, err := c.Fetch(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	text, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(text, name)
	if err != nil {
		err = &tpe.Error{Code: tpe.Invalid, Message: name + " of the copy cannot be understood", Err: err, Hint: "remove the object and run tpe lake sync"}
	}
	return m, err
}

// verifyCopiedDay brings the day's files to the disk, into a folder of their
// own, and compares them.
func verifyCopiedDay(ctx context.Context, raw *stream, c lake.Copy, p *dayPlan, to string) (day VerifyDay, err error) {
	if p.manifest == nil || p.damaged != nil {
		return verifyDay(ctx, raw, p)
	}
	folder := "parquet/" + p.day.Folder() + "/"
	if err := os.Mkdir(to, 0o700); err != nil {
		return VerifyDay{}, err
	}
	p.folder = to
	defer func() { err = errors.Join(err, os.RemoveAll(p.folder)) }()
	var damaged []string
	for _, file := range p.manifest.Files {
		f, err := c.Fetch(ctx, folder+file.Name)
		if tpe.CodeOf(err) == tpe.NotFound {
			continue // the comparison finds that it is not there
		}
		if err != nil {
			return VerifyDay{}, err
		}
		if f.Damaged {
			damaged = append(damaged, file.Name)
		}
		err = link(f.Path, filepath.Join(p.folder, file.Name))
		f.Release()
		if err != nil {
			return VerifyDay{}, err
		}
	}
	day, err = verifyDay(ctx, raw, p)
	if err == nil && day.State != Differs && len(damaged) > 0 {
		day.State = Differs
		day.Findings = append(day.Findings, Finding{Kind: Changed, File: damaged[0], Reason: "the bytes are not those that were stored, though the rows are"})
		day.Changed++
	}
	return day, err
}

// link gives a file a second name, or copies it to another file system.
func link(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read from
	out, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
