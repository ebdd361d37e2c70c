package compact

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// The files of a day change hands in this order, so that a crash leaves the
// old ones or the new ones in force, never neither:
//
//  1. the new manifest is written under another name: what needs room is done
//  2. the new files get their names, next to the old ones
//  3. the folder is made durable
//  4. the new manifest replaces the old one: from here on the new files count
//  5. the folder is made durable
//  6. what the manifest does not name is removed
//
// Between 2 and 6 an engine that reads the whole folder sees old and new
// rows. A crash in between is repaired by the next run, which does 6 again.

// swap puts the new files in force. When the disk has no room for the
// manifest, they are removed.
func swap(d disk, folder string, m *manifest, files []newFile) error {
	path := filepath.Join(folder, manifestName)
	if err := writeManifest(d, path+tmpEnding, m); err != nil {
		for _, f := range files {
			err = errors.Join(err, d.remove(f.path))
		}
		return fmt.Errorf("write manifest of %s: %w", m.Day, err)
	}
	for _, f := range files {
		if err := d.rename(f.path, filepath.Join(folder, f.Name)); err != nil {
			return fmt.Errorf("name parquet file: %w", err)
		}
	}
	if err := d.syncDir(folder); err != nil {
		return fmt.Errorf("name parquet files: %w", err)
	}
	err := d.rename(path+tmpEnding, path)
	if err == nil {
		err = d.syncDir(folder)
	}
	if err != nil {
		return fmt.Errorf("replace manifest of %s: %w", m.Day, err)
	}
	_, err = clean(d, folder, m)
	return err
}

// writeManifest writes a manifest durably, or leaves nothing.
func writeManifest(d disk, path string, m *manifest) error {
	b, err := m.text()
	if err != nil {
		return err
	}
	f, err := d.create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = finish(f, err); err != nil {
		err = errors.Join(err, d.remove(path))
	}
	return err
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
	have, err := filesIn(folder)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(have, func(name string, _ int64) bool { return m.live(name) })
	return slices.Sorted(maps.Keys(have)), nil
}

// filesIn returns the files of compaction in a folder, finished or not, with
// their sizes in bytes. The manifest is not among them.
func filesIn(folder string) (map[string]int64, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("list parquet files: %w", err)
	}
	out := map[string]int64{}
	for _, e := range entries {
		if !ownTmp.MatchString(e.Name()) && !ownFile.MatchString(e.Name()) {
			continue
		}
		info, err := os.Stat(filepath.Join(folder, e.Name()))
		if errors.Is(err, os.ErrNotExist) {
			continue // replaced since it was listed
		}
		if err != nil {
			return nil, fmt.Errorf("look at parquet file: %w", err)
		}
		out[e.Name()] = info.Size()
	}
	return out, nil
}
