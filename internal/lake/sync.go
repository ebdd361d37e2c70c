package lake

import (
	"errors"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"
)

// retrySync is how long the syncer waits before it tries again to bring
// records to the disk that nobody waits for.
const retrySync = time.Second

// tail is the end of a file: bytes that may not be on disk yet. Its fields
// belong to Writer.mu.
type tail struct {
	file    interface{ datasync() error }
	live    *live // nil for the file of another writer
	written int64
	synced  int64
	digest  xxhash.Digest // of the written bytes of live
	closed  bool          // all of it is on disk under another name
	spoiled bool          // the system lost bytes of it: it must be read again
}

// syncLoop brings written groups to the disk. While it syncs the next group
// grows, and it starts that group's commit when it ends.
func (w *Writer) syncLoop() {
	timer := time.NewTimer(0)
	<-timer.C
	for stopping := false; !stopping; {
		due := false
		select {
		case <-w.syncKick:
		case <-timer.C:
			due = true
		case <-w.stop:
			stopping = true // after the groups that wait
		}
		if again := w.syncRound(due); again > 0 {
			timer.Reset(again)
		}
	}
	timer.Stop()
}

// syncRound brings the groups that wait to the disk and, when the timer has
// said that it is due, the files that were promised to be there soon. It
// returns to what the timer must be set; zero when it runs or is not needed.
func (w *Writer) syncRound(due bool) (again time.Duration) {
	w.mu.Lock()
	w.armed = w.armed && !due
	groups := w.waiting
	w.waiting = nil
	var failed map[*tail]error
	if len(groups) > 0 || due {
		todo := w.tailsOf(groups, due)
		w.syncing = true
		w.mu.Unlock()
		failed = w.syncTails(todo)
		w.mu.Lock()
		w.syncing = false
	}
	if !w.armed && w.anySoon() {
		w.armed = true
		again = w.l.opts.SyncEvery
		if len(failed) > 0 {
			again = retrySync
		}
	}
	kick, more := w.cur.disk, len(w.waiting) > 0
	w.mu.Unlock()
	if kick {
		signal(w.commitKick)
	}
	for _, g := range groups {
		g.settle(failed)
	}
	if more {
		signal(w.syncKick)
	}
	return again
}

// settle tells the callers of a group what became of its files.
func (g *group) settle(failed map[*tail]error) {
	for _, c := range g.chunks {
		for _, t := range c.tails {
			if err := failed[t]; err != nil {
				c.syncErr = err
			}
		}
	}
	if g.all {
		for _, err := range failed {
			g.allErr = err
		}
	}
	close(g.synced)
}

// anySoon says whether a file is to be synced soon. Writer.mu must be held.
func (w *Writer) anySoon() bool {
	for _, soon := range w.tails {
		if soon {
			return true
		}
	}
	return false
}

// tailsOf collects the files that must be synced for the groups and, when it
// is due, for those that were promised to be on disk soon. Writer.mu must be
// held.
func (w *Writer) tailsOf(groups []*group, due bool) map[*tail]bool {
	todo := map[*tail]bool{}
	all := false
	for _, g := range groups {
		all = all || g.all
		for _, c := range g.chunks {
			for _, t := range c.tails {
				if _, dirty := w.tails[t]; dirty || t.spoiled {
					todo[t] = true
				}
			}
		}
	}
	for t, soon := range w.tails {
		if all || due && soon {
			todo[t] = true
		}
	}
	return todo
}

// syncTails syncs files one after the other and returns those that failed.
func (w *Writer) syncTails(todo map[*tail]bool) map[*tail]error {
	failed := map[*tail]error{}
	for t := range todo {
		if err := w.syncTail(t); err != nil {
			failed[t] = err
			w.trouble(troubleSync, err)
		}
	}
	if len(todo) > 0 && len(failed) == 0 {
		w.relief(troubleSync)
	}
	return failed
}

// syncTail brings what is written to a file so far to the disk.
func (w *Writer) syncTail(t *tail) error {
	w.mu.Lock()
	written, digest, closed, spoiled := t.written, t.digest, t.closed, t.spoiled
	w.mu.Unlock()
	if closed && spoiled {
		return errSpoiled // sealed without the bytes that were lost
	}
	if closed {
		return nil
	}
	var err error
	if s := t.live; s != nil && s.suspect {
		err = w.rewrite(s, written, digest)
	}
	if err == nil {
		err = t.file.datasync()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case t.closed && t.spoiled:
		return errSpoiled
	case t.closed: // sealed in the meantime
	case err != nil:
		w.tails[t] = true // tried again soon, also when nobody waits
		if t.live != nil {
			t.live.suspect = true
			return fmt.Errorf("sync segment %s: %w", t.live.name, err)
		}
		return fmt.Errorf("sync segment of another writer: %w", err)
	default:
		if t.live != nil {
			t.live.suspect, t.live.safe, t.live.safeDigest = false, written, digest
		}
		t.synced = written
	}
	if t.closed || t.synced >= t.written {
		delete(w.tails, t)
	}
	return nil
}

// errSpoiled says that bytes which were written cannot be read back.
var errSpoiled = errors.New("the system lost bytes that it had taken")

// rewrite writes again what a failed sync may have left in doubt: after it
// the system takes the pages for clean, and a second sync would succeed
// without having written them.
func (w *Writer) rewrite(s *live, written int64, digest xxhash.Digest) error {
	buf := make([]byte, written-s.safe)
	if _, err := s.f.ReadAt(buf, s.safe); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	sum := s.safeDigest
	_, _ = sum.Write(buf)
	if sum.Sum64() != digest.Sum64() {
		w.setSpoiled(s)
		w.tick()
		return errSpoiled
	}
	if _, err := s.f.WriteAt(buf, s.safe); err != nil {
		return fmt.Errorf("write again: %w", err)
	}
	return nil
}
