package ship

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// bookmark says how far a replay got: everything before File is done, and of
// File everything before Offset.
type bookmark struct {
	Input  []string `json:"input"` // what was replayed
	File   string   `json:"file"`
	Offset int64    `json:"offset"` // bytes, after decompression
}

// loadBookmark reads the bookmark of an earlier replay of the same input. It
// is empty when there is none.
func loadBookmark(path string, input []string) (bookmark, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return bookmark{Input: input}, nil
	}
	if err != nil {
		return bookmark{}, fmt.Errorf("read bookmark: %w", err)
	}
	var b bookmark
	if err := json.Unmarshal(text, &b); err != nil {
		return b, &tpe.Error{Code: tpe.Misuse, Message: "read bookmark " + path, Hint: "remove it to begin again", Err: err}
	}
	if !slices.Equal(b.Input, input) {
		return b, &tpe.Error{
			Code:    tpe.Misuse,
			Message: fmt.Sprintf("the replay that stopped was one of %q", b.Input),
			Hint:    "give the same paths, or leave --resume out to begin again",
		}
	}
	return b, nil
}

// save writes the bookmark so that a crash leaves the former or the new one.
func (b bookmark) save(path string) error {
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("write bookmark: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".bookmark-*.tmp")
	if err != nil {
		return fmt.Errorf("write bookmark: %w", err)
	}
	// A replay into a lake keeps it there.
	err = lake.Owner{Dir: filepath.Dir(path)}.Own(f)
	if err == nil {
		_, err = f.Write(append(text, '\n'))
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write bookmark: %w", errors.Join(err, os.Remove(f.Name())))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write bookmark: %w", err)
	}
	return nil
}

// syncDir makes a rename in dir outlive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// removeBookmark removes the bookmark of a replay that is done.
func removeBookmark(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove bookmark: %w", err)
	}
	return nil
}
