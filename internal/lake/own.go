package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// ownFolders are the folders that the program makes or reads in a lake's
// folder.
var ownFolders = []string{rawFolder, indexFolder, quarantineFolder, receiptsFolder, erasuresFolder, "engine.tmp", "exports", "parquet", "shipped"}

// Own says whether something right in the lake's folder, or in its copy,
// belongs to a lake by its name.
func Own(name string) bool {
	return slices.Contains(ownFolders, name) || name == ledgerFile || strings.HasPrefix(name, ledgerFile+"-") ||
		strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, tmpEnding)
}

// Strangers lists what somebody else has put into the lake's folder, such as a
// copy of raw: nothing here reads it. Folders end with a slash.
func (l *Lake) Strangers() ([]string, error) {
	entries, err := os.ReadDir(l.opts.Dir) // a folder of the lake may be a link here
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list lake: %w", err)
	}
	var out []string
	for _, e := range entries {
		switch {
		case Own(e.Name()):
		case folderAt(l.path(e.Name())):
			out = append(out, e.Name()+"/")
		default:
			out = append(out, e.Name())
		}
	}
	return out, nil
}

func folderAt(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
