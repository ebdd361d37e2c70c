package lake

import (
	"path"
	"path/filepath"
	"strings"
)

// Whole compares a file of the lake with what its index says was sealed.
// The name is relative to the lake's folder, with slashes. segment is false
// for files that are no sealed segments; whole is false for those that have
// no index.
func (l *Lake) Whole(name string) (segment, whole bool, err error) {
	rel, ok := strings.CutPrefix(name, rawFolder+"/")
	if !ok {
		return false, false, nil
	}
	stem, state, ok := splitName(path.Base(rel))
	day, dated := dayOfFolder(path.Dir(rel))
	if !ok || state != StateSealed || !dated || day.Folder() != path.Dir(rel) {
		return false, false, nil
	}
	x, err := openIndex(l.indexPath(day, stem))
	if isGone(err) {
		return true, false, nil
	}
	if err != nil {
		return true, false, err
	}
	sum, err := digestOf(l.path(filepath.FromSlash(name)))
	return true, err == nil && sum == x.OnDisk, err
}
