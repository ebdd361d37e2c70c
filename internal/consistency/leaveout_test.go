package consistency

import (
	"encoding/json"
	"slices"
	"testing"
)

// cueKey is one cue of the catalogue.
type cueKey struct {
	topic, written string
	value          int8
}

// cuesOf lists the cues that meet something in a partner's documents.
func cuesOf(cat *Catalogue, p Partner) map[cueKey]bool {
	met := map[cueKey]bool{}
	r := newReader(cat)
	for _, d := range p.Documents {
		r.read(d, func(s *sentence) {
			for _, h := range s.hits {
				for _, v := range []int8{h.value, -h.value, 1, -1} { // a condition or a negation may have turned it
					met[cueKey{cat.topics[h.topic].ID, h.written, v}] = true
				}
			}
		})
	}
	return met
}

// withoutCues is an engine whose catalogue lacks some cues.
func withoutCues(t testing.TB, drop map[cueKey]bool) *Engine {
	t.Helper()
	files, err := catalogueFiles()
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		var f catalogueFile
		if err := json.Unmarshal(files[i], &f); err != nil {
			t.Fatal(err)
		}
		for k := range f.Topics {
			spec := &f.Topics[k]
			id := spec.ID
			if id == "" {
				id = spec.Topic
			}
			cut := func(cues []string, value int8) []string {
				return slices.DeleteFunc(cues, func(w string) bool { return drop[cueKey{id, w, value}] })
			}
			spec.About, spec.Good, spec.Bad = cut(spec.About, 0), cut(spec.Good, 1), cut(spec.Bad, -1)
		}
		if files[i], err = json.Marshal(f); err != nil {
			t.Fatal(err)
		}
	}
	cat, err := newCatalogue(files)
	if err != nil {
		t.Fatal(err)
	}
	if err := cat.learn(); err != nil {
		t.Fatal(err)
	}
	return New(cat, Options{})
}

// alone are the members of one set of cues that no other has.
func alone(of map[cueKey]bool, others []map[cueKey]bool) map[cueKey]bool {
	own := map[cueKey]bool{}
next:
	for k := range of {
		for _, o := range others {
			if o[k] {
				continue next
			}
		}
		own[k] = true
	}
	return own
}

func union(all []map[cueKey]bool) map[cueKey]bool {
	u := map[cueKey]bool{}
	for _, m := range all {
		for k := range m {
			u[k] = true
		}
	}
	return u
}

// others is all but the one at i.
func others[T any](all []T, i int) []T { return slices.Delete(slices.Clone(all), i, i+1) }
