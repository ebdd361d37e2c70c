package compact

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// unnamed is why a Parquet file is a finding that is in order by itself.
const unnamed = "the manifest does not name it, and engines read it all the same"

// strays lists the Parquet files below a day's folder that the manifest does
// not name, relative to it and with slashes.
func strays(folder string, m *manifest) ([]string, error) {
	var out []string
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // there is none, or it is gone since it was listed
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(e.Name(), ".parquet") {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if rel = filepath.ToSlash(rel); !m.live(rel) {
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list parquet files: %w", err)
	}
	return out, nil
}

// foreignStrays leaves out what compaction itself removes.
func foreignStrays(folder string, m *manifest) ([]string, error) {
	all, err := strays(folder, m)
	var out []string
	for _, name := range all {
		if m == nil || !ownFile.MatchString(name) {
			out = append(out, name)
		}
	}
	return out, err
}

// lookForStrays notes what engines read of the day though the manifest does
// not name it.
func (p *dayPlan) lookForStrays() (err error) {
	var names []string
	if p.damaged == nil { // else nobody knows what it names
		names, err = strays(p.folder, p.manifest)
	}
	for _, name := range names {
		reason := unnamed + ": move it away"
		if ownFile.MatchString(name) && p.manifest != nil {
			reason = unnamed + ": tpe lake compact removes it"
		}
		p.strays = append(p.strays, Finding{Kind: Doubled, File: name, Reason: reason})
	}
	return err
}

// addStrays adds to the day what engines read of it all the same.
func (d *VerifyDay) addStrays(strays []Finding) {
	if len(strays) == 0 {
		return
	}
	d.State = Differs
	d.Findings = append(d.Findings, strays...)
	d.Doubled += int64(len(strays))
}
