package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
)

// sealRetry is how long the sealer waits before it tries again what failed.
const sealRetry = time.Second

// sealWindow is the zstd window in bytes: what fits a core's cache costs half
// the time of the default, for a few bytes in a hundred more.
const sealWindow = 1 << 20

// sealResult is a segment that was sealed; index is nil when it was empty.
type sealResult struct {
	live     *live
	index    *index
	replaced uint64 // the count of the turn before it was sealed
}

// sealer turns open segments into sealed ones, one at a time.
type sealer struct {
	w     *Writer
	zst   *zstd.Encoder
	again []*live // what failed; the files stay as they are meanwhile
}

// loop seals what the committer retires, and what other writers left.
func (s *sealer) loop() {
	w := s.w
	defer close(w.allSealed)
	retry := time.NewTicker(sealRetry)
	defer retry.Stop()
	adopt := time.NewTicker(max(w.l.opts.SealAge, time.Second))
	defer adopt.Stop()
	for {
		select {
		case job, more := <-w.sealJobs:
			if !more {
				s.tryAgain()
				w.unsealed = len(s.again)
				s.leave()
				return
			}
			s.try(job)
		case <-retry.C:
			s.tryAgain()
			if err := w.quarantine.sealAged(); err != nil {
				w.l.opts.Log.Warn("seal quarantine", "lake", w.l.opts.Dir, "error", err)
			}
		case <-adopt.C:
			if err := w.recover(context.Background(), s); err != nil {
				w.l.opts.Log.Warn("adopt segments", "lake", w.l.opts.Dir, "error", err)
			}
		}
	}
}

// leave unlocks what could not be sealed, once it is on disk, so that another
// writer can adopt it.
func (s *sealer) leave() {
	for _, job := range s.again {
		if err := errors.Join(job.f.datasync(), job.f.Close()); err != nil {
			s.w.l.opts.Log.Warn("leave segment", "segment", job.name, "error", err)
		}
	}
}

// try seals a segment and keeps it for later when that fails.
func (s *sealer) try(job *live) {
	if s.w.abandon.Load() {
		s.again = append(s.again, job)
		return
	}
	replaced := s.w.turn.look().replaced
	x, err := s.seal(job)
	if err != nil {
		s.again = append(s.again, job)
		s.w.trouble(troubleSeal, err)
		return
	}
	if len(s.again) == 0 {
		s.w.relief(troubleSeal)
	}
	s.w.mu.Lock()
	s.w.sealed = append(s.w.sealed, &sealResult{job, x, replaced})
	s.w.mu.Unlock()
}

func (s *sealer) tryAgain() {
	jobs := s.again
	s.again = nil
	for _, job := range jobs {
		s.try(job)
	}
}

// seal makes the sealed file and the index of a segment, writes the receipt,
// renames, and only then removes the open file. Whatever step it stops
// after, recovery finds the open file and does it again.
func (s *sealer) seal(job *live) (*index, error) {
	l := s.w.l
	if len(job.table.entries) == 0 {
		return nil, s.discard(job)
	}
	if s.w.isSpoiled(job) {
		// The committer still looks at the segment as it was written, so a
		// copy takes what is left of it.
		left := &live{day: job.day, name: job.name, path: job.path, f: job.f, tail: tail{file: job.f}}
		if err := s.reread(left); err != nil {
			return nil, fmt.Errorf("seal segment %s: %w", job.name, err)
		}
		x, err := s.seal(left)
		if err == nil {
			s.w.markClosed(job)
		}
		return x, err
	}
	ending := zstdEnding
	if l.opts.Compression == CompressNone {
		ending = rawEnding
	}
	path := l.rawPath(job.day, job.name, ending)
	tmp := tmpName(path)
	onDisk, err := s.copyTo(tmp, job)
	if err != nil {
		if errors.Is(err, errSpoiled) {
			s.w.setSpoiled(job)
		}
		return nil, errors.Join(fmt.Errorf("seal segment %s: %w", job.name, err), removeIfThere(l.disk, tmp))
	}
	x, err := l.writeIndex(l.indexPath(job.day, job.name), job.table.rows(), indexHead{
		Types:  job.table.types.names,
		Digest: job.digest.Sum64(),
		OnDisk: onDisk,
		Bytes:  uint64(job.size - job.cutBytes()),
	})
	if err == nil {
		err = s.w.receipts.sealed(job, x)
	}
	if err == nil {
		err = commitName(l.disk, tmp, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("seal segment %s: %w", job.name, err), removeIfThere(l.disk, tmp))
	}
	return x, s.discard(job)
}

// discard removes the open file of a segment that is empty or has a sealed
// self.
func (s *sealer) discard(job *live) error {
	if err := removeIfThere(s.w.l.disk, job.path); err != nil {
		return fmt.Errorf("remove open segment %s: %w", job.name, err)
	}
	s.w.markClosed(job)
	return job.f.Close()
}

// markClosed tells the syncer that the file of a segment needs no sync any
// more.
func (w *Writer) markClosed(s *live) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.tail.closed = true
	delete(w.tails, &s.tail)
}

// copyTo writes the lines of a segment to a new file, compressed or not, and
// brings it to the disk. It returns the xxhash of the file. The error is
// errSpoiled when the lines are not those that were written.
func (s *sealer) copyTo(path string, job *live) (onDisk uint64, err error) {
	f, err := s.w.l.disk.open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := newAppendWriter(f)
	if s.w.l.opts.Compression == CompressNone {
		err = job.copyLines(out)
	} else {
		err = s.compress(out, job)
	}
	if err == nil {
		err = f.datasync()
	}
	return out.sum.Sum64(), err
}

// compress writes the lines of a segment as one zstd frame with a checksum.
func (s *sealer) compress(out io.Writer, job *live) error {
	if s.zst == nil {
		enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true), zstd.WithWindowSize(sealWindow))
		if err != nil {
			return err
		}
		s.zst = enc
	}
	s.zst.Reset(out)
	if err := job.copyLines(s.zst); err != nil {
		return err
	}
	return s.zst.Close()
}

// copyLines writes the records of the segment to out.
func (s *live) copyLines(out io.Writer) error {
	sum := xxhash.New()
	buf := make([]byte, 256<<10)
	for _, good := range s.good() {
		for at := good.from; at < good.to; {
			n, err := s.f.ReadAt(buf[:min(int64(len(buf)), good.to-at)], at)
			if n == 0 && errors.Is(err, io.EOF) {
				return errSpoiled
			}
			if n == 0 {
				return err
			}
			_, _ = sum.Write(buf[:n])
			if _, err := out.Write(buf[:n]); err != nil {
				return err
			}
			at += int64(n)
		}
	}
	if sum.Sum64() != s.digest.Sum64() {
		return errSpoiled
	}
	return nil
}

// good returns the pieces of the file that hold records.
func (s *live) good() []span {
	var out []span
	at := int64(0)
	for _, c := range s.cuts {
		if c.from > at {
			out = append(out, span{at, c.from})
		}
		at = c.to
	}
	if at < s.size {
		out = append(out, span{at, s.size})
	}
	return out
}

func (s *live) cutBytes() (n int64) {
	for _, c := range s.cuts {
		n += c.to - c.from
	}
	return n
}

func (w *Writer) isSpoiled(s *live) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return s.tail.spoiled
}

func (w *Writer) setSpoiled(s *live) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.tail.spoiled = true
}
