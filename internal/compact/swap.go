package compact

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The files of a day change hands in this order, so that a crash leaves the
// old ones or the new ones in force, never neither:
//
//  1. the new files get their names, next to the old ones
//  2. the folder is made durable
//  3. the new manifest replaces the old one: from here on the new files count
//  4. the folder is made durable
//  5. what the manifest does not name is removed
//
// Between 1 and 5 an engine that reads the whole folder sees old and new
// rows. A crash in between is repaired by the next run, which does 5 again.

// swap puts the new files in force.
func swap(d disk, folder string, m *manifest, files []newFile) error {
	for _, f := range files {
		if err := d.rename(f.path, filepath.Join(folder, f.Name)); err != nil {
			return fmt.Errorf("name parquet file: %w", err)
		}
	}
	if err := d.syncDir(folder); err != nil {
		return fmt.Errorf("name parquet files: %w", err)
	}
	if err := writeManifest(d, folder, m); err != nil {
		return fmt.Errorf("write manifest of %s: %w", m.Day, err)
	}
	_, err := clean(d, folder, m)
	return err
}

// writeManifest replaces the manifest in a folder by one rename.
func writeManifest(d disk, folder string, m *manifest) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, manifestName)
	f, err := d.create(path + tmpEnding)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err := finish(f, err); err != nil {
		return err
	}
	if err := d.rename(path+tmpEnding, path); err != nil {
		return err
	}
	return d.syncDir(folder)
}

// clean removes what a day's folder holds of compaction and the manifest does
// not name: files that were replaced, and those of a run that was killed. It
// returns how many it removed. Files with other names are not touched.
func clean(d disk, folder string, m *manifest) (removed int, err error) {
	names, err := leftovers(folder, m)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if err := d.remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return removed, fmt.Errorf("remove old file: %w", err)
		}
		removed++
	}
	if removed > 0 {
		if err := d.syncDir(folder); err != nil {
			return removed, fmt.Errorf("remove old files: %w", err)
		}
	}
	return removed, nil
}

// leftovers lists what clean removes.
func leftovers(folder string, m *manifest) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("list parquet files: %w", err)
	}
	var names []string
	for _, e := range entries {
		if ownTmp.MatchString(e.Name()) || ownFile.MatchString(e.Name()) && !m.live(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
