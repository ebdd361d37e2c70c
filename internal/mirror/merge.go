package mirror

import (
	"iter"

	"github.com/power100/tpe/internal/bucket"
)

// place is what is known of one key.
type place struct {
	key    string
	local  *file
	known  *entry
	remote *bucket.Object
}

// places merges the files of the lake, the ledger and the listing of the
// bucket, all of them in the order of keys and streamed.
func places(files iter.Seq2[file, error], known iter.Seq2[entry, error], objects iter.Seq2[bucket.Object, error]) iter.Seq2[place, error] {
	return func(yield func(place, error) bool) {
		l := pull(files, func(f *file) string { return f.key })
		defer l.stop()
		k := pull(known, func(e *entry) string { return e.key })
		defer k.stop()
		r := pull(objects, func(o *bucket.Object) string { return o.Key })
		defer r.stop()
		for {
			p := place{}
			first := false
			for _, at := range [...]struct {
				more bool
				key  string
			}{{l.more, l.key}, {k.more, k.key}, {r.more, r.key}} {
				if at.more && (!first || at.key < p.key) {
					p.key, first = at.key, true
				}
			}
			for _, err := range [...]error{l.err, k.err, r.err} {
				if err != nil {
					yield(place{}, err)
					return
				}
			}
			if !first {
				return
			}
			if l.more && l.key == p.key {
				v := l.value
				p.local = &v
				l.advance()
			}
			if k.more && k.key == p.key {
				v := k.value
				p.known = &v
				k.advance()
			}
			if r.more && r.key == p.key {
				v := r.value
				p.remote = &v
				r.advance()
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// source is one side of the merge, at its next value.
type source[T any] struct {
	value T
	key   string
	more  bool
	err   error

	keyOf func(*T) string
	next  func() (T, error, bool)
	stop  func()
}

func pull[T any](seq iter.Seq2[T, error], keyOf func(*T) string) *source[T] {
	s := &source[T]{keyOf: keyOf}
	s.next, s.stop = iter.Pull2(seq)
	s.advance()
	return s
}

func (s *source[T]) advance() {
	var err error
	s.value, err, s.more = s.next()
	if s.more && err != nil {
		s.err, s.more = err, false
	}
	if s.more {
		s.key = s.keyOf(&s.value)
	}
}
