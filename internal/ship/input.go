package ship

import (
	"iter"
	"maps"
	"path/filepath"

	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/upcast"
)

// input yields what is to be replayed, piece by piece, with the twins that
// were found in it.
type input struct {
	r      *replay
	reader *source.Reader
	twins  upcast.Twins
	tape   tape.Tape
}

// jobs yields the input in order.
func (in *input) jobs(yield func(job) bool) {
	if in.r.opts.Stream != nil {
		in.stream(yield)
		return
	}
	in.files(yield)
}

// files yields the chunks of all files. Twins lie in one folder, in any
// order, so each folder is read twice: first to find its twins, then to
// yield its records with their marks. Both readings walk the folders on
// their own, so that no list of files is held.
func (in *input) files(yield func(job) bool) {
	next, stop := iter.Pull2(in.r.found)
	defer stop()
	f, err, ok := next()
	ahead := func(folder string) marks {
		for ok && filepath.Dir(f.Path) == folder {
			if err == nil {
				in.lookAt(f)
			}
			f, err, ok = next()
		}
		return in.twins.Pairs()
	}

	folder := ""
	var j job
	skipping := in.r.from.File != ""
	for f, err := range in.r.found {
		if dir := filepath.Dir(f.Path); dir != folder || j.unit == 0 {
			if len(j.parts) > 0 && !yield(j) {
				return
			}
			folder, j = dir, job{marks: ahead(dir), unit: j.unit + 1}
		}
		var from int64
		if skipping {
			if f.Path != in.r.from.File {
				continue
			}
			skipping, from = false, in.r.from.Offset
		}
		for chunk := range in.chunks(f, err) {
			j.parts = append(j.parts, part{chunk, f.Live, from})
			if chunk.Size() >= smallPart || len(j.parts) == maxParts {
				if !yield(j) {
					return
				}
				j.parts = nil
			}
		}
	}
	if len(j.parts) > 0 {
		yield(j)
	}
}

// Small files are sent together: so many at most, each below so many bytes.
const (
	maxParts  = 128
	smallPart = 8 << 10
)

// chunks yields the chunks of a file, or the one that says why there are
// none.
func (in *input) chunks(f source.File, err error) iter.Seq[*source.Chunk] {
	if err != nil {
		return func(yield func(*source.Chunk) bool) { yield(source.Missed(f, err)) }
	}
	return in.reader.FileChunks(in.r.ctx, f)
}

// stream yields the chunks of a stream, which can be read only once. A chunk
// with old calls is held back until the next one has been read: twins lie
// close together there, in the order in which they were logged.
func (in *input) stream(yield func(job) bool) {
	var held *job
	for chunk := range in.reader.Chunks(in.r.ctx, source.Interruptible(in.r.ctx, in.r.opts.Stream), in.r.opts.Name) {
		calls := false
		for it := range chunk.Items() {
			calls = in.look(it.Data) || calls
		}
		var found marks
		if calls {
			found = in.twins.Pairs()
		}
		if held != nil {
			maps.Copy(held.marks, found)
			if !yield(*held) {
				return
			}
		}
		held = &job{parts: []part{{Chunk: chunk, from: in.r.from.Offset}}, marks: marks{}, unit: 1}
		maps.Copy(held.marks, found)
		if !calls {
			if !yield(*held) {
				return
			}
			held = nil
		}
	}
	if held != nil {
		yield(*held)
	}
}

// lookAt remembers the calls of a file that may have twins. What is wrong
// with the file is seen when it is read for sending.
func (in *input) lookAt(f source.File) {
	for it := range in.reader.FileItems(in.r.ctx, f) {
		in.look(it.Data)
	}
}

// look remembers a record when it may have a twin, and says whether it did.
func (in *input) look(record []byte) bool {
	if !upcast.MayHaveTwin(record) || in.tape.Parse(record) != nil {
		return false
	}
	in.twins.Add(&in.tape)
	return true
}
