package erase

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tpe"
)

// journal is an erasure that is not finished, as it is on disk: what the same
// command needs to go on.
type journal struct {
	ID     string    `json:"id"`
	Began  time.Time `json:"began"`
	Until  int64     `json:"until"` // ms since 1970
	Role   string    `json:"role,omitempty"`
	Hashes []string  `json:"hashes"`
	// Places are all that belong to the erasure, by their names and, where
	// there can be several of a name, where they are.
	Places []string `json:"places"`
	// Looked is what was found in each place before it was changed, and what was
	// erased from it once that is known.
	Looked map[string]person.Found `json:"looked"`

	opts Options
	path string
}

// pendingEnding ends the name of a journal in the folder erasures.
const pendingEnding = ".pending.json"

// openJournal returns the journal of the person's unfinished erasure, or
// begins one.
func openJournal(opts Options, secret *lake.ErasureSecret) (*journal, error) {
	key := secret.IDKey()
	hashes := person.Hashes(&key, opts.Person)
	all, err := pending(opts.Lake)
	if err != nil {
		return nil, err
	}
	for _, j := range all {
		// The place that told more of the person's ids may be done already.
		fewer := !slices.ContainsFunc(hashes, func(h string) bool { return !slices.Contains(j.Hashes, h) })
		if fewer && (j.Role == opts.Person.Role || opts.Person.Role == "") {
			j.opts = opts
			return j, j.resume()
		}
	}
	now := opts.Now()
	id := tpe.NewID().String()
	j := &journal{
		ID: id, Began: now.UTC(), Until: now.UnixMilli(), Role: opts.Person.Role, Hashes: hashes,
		Looked: map[string]person.Found{}, opts: opts, path: opts.Lake.ErasurePath(id + pendingEnding),
	}
	for _, place := range j.places() {
		j.Places = append(j.Places, whereIs(place))
	}
	return j, j.save()
}

// Located is a place of which there can be several of one name.
type Located interface {
	Place
	Where() string
}

// whereIs names a place so that it is not taken for another one.
func whereIs(place Place) string {
	if l, ok := place.(Located); ok {
		return place.Name() + " " + l.Where()
	}
	return place.Name()
}

// resume goes on with an erasure that was stopped. It must have all its
// places: nobody signs for one that is left out. New ones come to it.
func (j *journal) resume() error {
	names, here := map[string]bool{}, map[string]bool{}
	for _, place := range j.places() {
		names[place.Name()], here[whereIs(place)] = true, true
	}
	var missing []string
	for _, where := range j.Places {
		if !here[where] {
			missing = append(missing, where)
		}
	}
	for name := range j.Looked { // journals of before tell the places no other way
		if !names[name] && !slices.ContainsFunc(missing, func(where string) bool { return where == name || strings.HasPrefix(where, name+" ") }) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return &tpe.Error{
			Code:    tpe.Misuse,
			Message: "the erasure of this person that was stopped also covers " + strings.Join(missing, ", ") + ", which this call leaves out",
			Hint:    "name the same places as before: --to for S3, and the same settings of DynamoDB and the database",
		}
	}
	known := len(j.Places)
	for where := range here {
		if !slices.Contains(j.Places, where) {
			j.Places = append(j.Places, where)
		}
	}
	if len(j.Places) == known {
		return nil
	}
	slices.Sort(j.Places)
	return j.save()
}

// looked writes down what a place has.
func (j *journal) looked(place string, found person.Found) error {
	j.Looked[place] = found
	return j.save()
}

func (j *journal) save() error {
	b, err := json.MarshalIndent(j, "", "  ")
	if err == nil {
		err = j.opts.Lake.WriteErasure(j.path, append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write journal of the erasure: %w", err)
	}
	return nil
}

// pending reads the journals of all unfinished erasures.
func pending(l *lake.Lake) ([]*journal, error) {
	folder := l.ErasurePath("")
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	var out []*journal
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), pendingEnding) {
			continue
		}
		j := &journal{path: filepath.Join(folder, e.Name())}
		b, err := os.ReadFile(j.path)
		if err == nil {
			err = json.Unmarshal(b, j)
		}
		if err != nil {
			return nil, fmt.Errorf("read journal of an erasure: %w", err)
		}
		if j.Looked == nil {
			j.Looked = map[string]person.Found{}
		}
		out = append(out, j)
	}
	return out, nil
}

// Unfinished returns the names of the erasures that were begun and not
// finished.
func Unfinished(l *lake.Lake) ([]string, error) {
	all, err := pending(l)
	out := []string{}
	for _, j := range all {
		out = append(out, j.ID)
	}
	return out, err
}

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
