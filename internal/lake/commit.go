package lake

import (
	"runtime"
	"slices"
)

// receiptsEvery is the number of commits after which the counts of
// duplicates are written down when all callers are content with Buffered.
const receiptsEvery = 64

// commitLoop takes one group after the other until the writer closes. A
// commit starts as soon as the previous one has ended; no timer delays it.
func (w *Writer) commitLoop() {
	defer close(w.committed)
	for range w.commitKick {
		// Callers that are ready to run join this group instead of waiting
		// for the next one.
		runtime.Gosched()
		w.mu.Lock()
		g, ticked, closing := w.cur, w.ticked, w.closing
		w.cur, w.ticked = newGroup(), false
		w.cur.spare, w.spare = w.spare, nil
		w.taken.Broadcast()
		w.mu.Unlock()
		w.applySealed()
		w.commits++
		if len(g.chunks) > 0 {
			w.commit(g)
		}
		w.retireAsked()
		if g.disk || g.soon || w.commits%receiptsEvery == 0 {
			w.receipts.flush()
		}
		w.spare = append(w.spare, g.takeBuffers()...)
		w.hand(g)
		if ticked {
			w.lookAround()
			w.retireAsked()
			w.retireAged()
			w.probe()
			w.receipts.flush()
			w.limitMemory()
		}
		if closing {
			w.retireAll()
			return
		}
	}
}

// hand lets the callers of a written group go on, and gives the group to the
// syncer when someone waits for the disk.
func (w *Writer) hand(g *group) {
	w.mu.Lock()
	if g.disk {
		w.waiting = append(w.waiting, g)
	}
	kick := g.disk || g.soon && !w.armed
	w.mu.Unlock()
	close(g.written)
	if kick {
		signal(w.syncKick)
	}
}

// commit decides for every record of a group whether it is new, and hands
// the new lines to the operating system.
func (w *Writer) commit(g *group) {
	// What is sealed never changes, so it is looked at before the turn; and
	// a sealer that lags must not make other writers wait.
	for _, c := range g.chunks {
		k, err := w.knownOf(c.day)
		if c.err = err; err == nil && k.live != nil && w.full(k.live, len(c.lines), len(c.recs)) {
			w.retire(k)
		}
	}
	now, err := w.turn.take()
	if err == nil {
		err = w.renew(now)
		if err != nil {
			w.turn.give()
		}
	}
	var refusal error
	wrote := false
	for _, c := range g.chunks {
		if c.err == nil {
			c.err = err
		}
		if c.err == nil {
			c.err = w.commitDay(w.days[c.day], c)
		}
		if c.err != nil {
			refusal = c.err
			continue
		}
		wrote = wrote || c.wrote
		w.receipts.unstored(c)
		w.written(c, g.soon)
	}
	if err == nil {
		w.turn.give()
	}
	switch {
	case refusal != nil:
		w.trouble(troubleWrite, refusal)
	case wrote:
		w.relief(troubleWrite)
	}
	w.limitMemory()
}

// commitDay commits the records of one day. An index that was deleted under
// the writer's hands is made again.
func (w *Writer) commitDay(k *known, c *chunk) error {
	err := w.withhold(c)
	if err == nil {
		err = w.refresh(k)
	}
	if err == nil {
		err = w.commitChunk(k, c)
	}
	if isGone(err) {
		w.forgetSealed(k)
		if err = w.list(k); err == nil {
			err = w.commitChunk(k, c)
		}
	}
	return err
}

// commitChunk writes the lines of one day. On an error no record of the
// chunk is stored.
func (w *Writer) commitChunk(k *known, c *chunk) error {
	before := 0
	if k.live != nil {
		before = len(k.live.table.entries)
	}
	err := w.decide(k, c)
	if err == nil {
		if lines := c.newLines(); len(lines) > 0 {
			if err = k.live.write(lines); err == nil {
				k.live.used, c.wrote = w.commits, true
				c.tails = append(c.tails, &k.live.tail)
			}
		}
	}
	if err != nil {
		w.forget(k, c, before)
	}
	return err
}

// decide finds the outcome of each record of a chunk, and takes the new ones
// into the table of the open segment.
func (w *Writer) decide(k *known, c *chunk) error {
	for i := range c.recs {
		p := &c.recs[i]
		if p.erased {
			c.outcomes[i] = Erased
			continue
		}
		found, tail, err := k.find(&p.key, p.hash)
		if err == nil && found != equal && p.before != 0 {
			// The erasure has not come to the file that has it as it was.
			if f, t, e := k.find(&p.key, p.before); e != nil || f == equal {
				found, tail, err = f, t, e
			}
		}
		if err == nil && found != equal && k.live == nil {
			err = w.begin(k)
		}
		if err != nil {
			return err
		}
		switch found {
		case equal:
			c.outcomes[i] = Duplicate
			if tail != nil && !slices.Contains(c.tails, tail) {
				c.tails = append(c.tails, tail)
			}
			continue
		case differs:
			c.outcomes[i] = Conflict
		case unknown:
			c.outcomes[i] = New
		}
		k.live.table.add(p.entry, p.typeName)
		w.entries++
	}
	return nil
}

// forget takes back what was decided about a chunk that cannot be written.
func (w *Writer) forget(k *known, c *chunk, entries int) {
	if k.live != nil {
		w.entries -= len(k.live.table.entries) - entries
		k.live.table.cut(entries)
	}
	c.tails = nil
	clear(c.outcomes)
}

// begin opens a segment for a day. The turn must be held.
func (w *Writer) begin(k *known) error {
	s, err := w.openLive(k.day)
	if err != nil {
		return err
	}
	k.live = s
	w.openDays++
	// The count of the turn moved by our own segment, which no list of ours
	// has to find.
	for _, other := range w.days {
		if other.seen == w.begun {
			other.seen++
		}
	}
	w.begun++
	return nil
}

// written notes which files of a chunk have bytes to be synced.
func (w *Writer) written(c *chunk, soon bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range c.tails {
		if s := t.live; s != nil {
			t.written, t.digest = s.size, s.digest
		}
		if !t.closed && t.written > t.synced {
			w.tails[t] = w.tails[t] || soon
		}
	}
}

// full says whether a segment should be sealed instead of taking so much
// more.
func (w *Writer) full(s *live, bytes, records int) bool {
	if len(s.table.entries) == 0 {
		return false
	}
	return s.size+int64(bytes) > w.l.opts.SealBytes ||
		len(s.table.entries)+records > w.l.opts.limits.records ||
		w.aged(s)
}

// aged says whether a segment has lived for as long as it may, or must be
// read again.
func (w *Writer) aged(s *live) bool {
	return w.isSpoiled(s) || w.l.opts.Now().Sub(s.born) >= w.l.opts.SealAge
}

// retire gives the open segment of a day to the sealer.
func (w *Writer) retire(k *known) {
	s := k.live
	k.live = nil
	k.sealing = append(k.sealing, s)
	w.openDays--
	w.sealJobs <- s
}

func (w *Writer) retireAged() {
	for _, k := range w.days {
		if k.live != nil && w.aged(k.live) {
			w.retire(k)
		}
	}
}

func (w *Writer) retireAll() {
	for _, k := range w.days {
		if k.live != nil {
			w.retire(k)
		}
	}
	close(w.sealJobs)
}

// applySealed lets the indexes of sealed segments take the place of their
// tables.
func (w *Writer) applySealed() {
	w.mu.Lock()
	done := w.sealed
	w.sealed = nil
	w.mu.Unlock()
	for _, r := range done {
		w.entries -= len(r.live.table.entries)
		k := w.days[r.live.day]
		k.sealing = slices.DeleteFunc(k.sealing, func(s *live) bool { return s == r.live })
		switch {
		case r.index == nil:
		case r.replaced != w.replaced:
			k.listed = false // an erasure may have replaced it meanwhile
		case k.listed:
			w.addSealed(k, r.live.name, r.index)
		}
	}
}
