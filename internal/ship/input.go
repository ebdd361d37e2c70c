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
			folder, j.marks = dir, ahead(dir)
			j.unit++
		}
		j.live, j.from = f.Live, 0
		if skipping {
			if f.Path != in.r.from.File {
				continue
			}
			skipping, j.from = false, in.r.from.Offset
		}
		if err != nil {
			j.Chunk = source.Missed(f, err)
			if !yield(j) {
				return
			}
			continue
		}
		for j.Chunk = range in.reader.FileChunks(in.r.ctx, f) {
			if !yield(j) {
				return
			}
		}
	}
}

// stream yields the chunks of a stream, which can be read only once. A chunk
// with old calls is held back until the next one has been read: twins lie
// close together there, in the order in which they were logged.
func (in *input) stream(yield func(job) bool) {
	j := job{unit: 1, from: in.r.from.Offset}
	held := false
	for chunk := range in.reader.Chunks(in.r.ctx, source.Interruptible(in.r.ctx, in.r.opts.Stream), in.r.opts.Name) {
		calls := false
		for it := range chunk.Items() {
			calls = in.look(it.Data) || calls
		}
		var found marks
		if calls {
			found = in.twins.Pairs()
		}
		if held {
			maps.Copy(j.marks, found)
			if !yield(j) {
				chunk.Release()
				return
			}
		}
		j.Chunk, j.marks, held = chunk, marks{}, calls
		maps.Copy(j.marks, found)
		if !held && !yield(j) {
			return
		}
	}
	if held {
		yield(j)
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
