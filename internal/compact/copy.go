package compact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// VerifyCopy holds the Parquet files of a copy of the lake against the raw
// records of the lake, as Verify does with the lake's own. A day's files are
// brought to the disk while the day is compared.
func VerifyCopy(ctx context.Context, l *lake.Lake, c lake.Copy, opts Options) (VerifyReport, error) {
	opts = opts.withDefaults()
	report := VerifyReport{Days: []VerifyDay{}}
	r := dayRange(opts.Since, opts.Until)
	here, err := manifests(parquetFolder(l), r)
	if err != nil {
		return report, err
	}
	there, strays, err := copiedManifests(ctx, c, r)
	if err != nil {
		return report, interrupted(err)
	}
	plans, err := planWith(ctx, l, r, there, false)
	if err != nil {
		return report, interrupted(err)
	}
	var mu sync.Mutex
	report.Days, err = eachPlan(ctx, plans, opts.Jobs, func() func(*dayPlan) (VerifyDay, error) {
		raw := newStream(opts.Gate, opts.Memory)
		return func(p *dayPlan) (VerifyDay, error) {
			day, err := verifyCopiedDay(ctx, raw, c, p)
			mu.Lock()
			defer mu.Unlock()
			if here[p.day] != nil && p.manifest == nil {
				day.State = Differs
				day.Findings = append(day.Findings, Finding{Kind: Missing, File: manifestName, Reason: "the copy does not have the day's Parquet"})
				day.Missing++
			}
			for _, name := range strays[p.day] {
				day.State = Differs
				day.Findings = append(day.Findings, Finding{Kind: Doubled, File: name, Reason: "the manifest does not name it, and engines read it all the same"})
				day.Doubled++
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
// files that no manifest names.
func copiedManifests(ctx context.Context, c lake.Copy, r days) (map[lake.Day]*manifest, map[lake.Day][]string, error) {
	out, files := map[lake.Day]*manifest{}, map[lake.Day][]string{}
	for name, err := range c.Files(ctx, "parquet/") {
		if err != nil {
			return nil, nil, err
		}
		day, ok := dayIn(strings.TrimPrefix(name, "parquet/"))
		if !ok || !r.around(day) {
			continue
		}
		switch base := path.Base(name); {
		case base == manifestName:
			if out[day], err = copiedManifest(ctx, c, name); err != nil {
				return nil, nil, err
			}
		case strings.HasSuffix(base, ".parquet"):
			files[day] = append(files[day], base)
		}
	}
	strays := map[lake.Day][]string{}
	for day, names := range files {
		for _, name := range names {
			if !out[day].live(name) {
				strays[day] = append(strays[day], name)
			}
		}
	}
	return out, strays, nil
}

// copiedManifest reads one manifest. One that cannot be understood is none:
// the day is missing then.
func copiedManifest(ctx context.Context, c lake.Copy, name string) (*manifest, error) {
	f, err := c.Fetch(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	dir, err := os.MkdirTemp("", "tpe-verify-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	if err := link(f.Path, filepath.Join(dir, manifestName)); err != nil {
		return nil, err
	}
	m, err := readManifest(dir)
	if tpe.CodeOf(err) == tpe.Invalid {
		return nil, nil
	}
	return m, err
}

// verifyCopiedDay brings the day's files to the disk and compares them.
func verifyCopiedDay(ctx context.Context, raw *stream, c lake.Copy, p *dayPlan) (day VerifyDay, err error) {
	if p.manifest == nil {
		return verifyDay(ctx, raw, p)
	}
	folder := "parquet/" + p.day.Folder() + "/"
	if p.folder, err = os.MkdirTemp("", "tpe-verify-"); err != nil {
		return VerifyDay{}, err
	}
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
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
