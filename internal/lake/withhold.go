package lake

import (
	"bytes"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tape"
)

// renew takes in what others did since the last turn: what is known of sealed
// files is forgotten when an erasure replaced some, and when somebody is to
// be erased everything that is open is sealed. The turn must be held.
func (w *Writer) renew(now counts) error {
	w.begun = now.begun
	if w.replaced != now.replaced {
		for _, k := range w.days {
			w.forgetSealed(k)
			for name, o := range k.others {
				w.leave(o)
				delete(k.others, name)
			}
		}
		w.replaced = now.replaced
	}
	before, known := w.stones.seen, w.stones.known
	if err := w.stones.load(w.l, now.stones); err != nil {
		return err
	}
	w.asked = w.asked || known && before != now.stones
	return nil
}

// lookAround does what renew does when no records come.
func (w *Writer) lookAround() {
	now := w.turn.look()
	if w.stones.known && now.stones == w.stones.seen {
		return
	}
	now, err := w.turn.take()
	if err != nil {
		w.l.opts.Log.Warn("look for erasures", "lake", w.l.opts.Dir, "error", err)
		return
	}
	err = w.renew(now)
	w.turn.give()
	if err != nil {
		w.l.opts.Log.Warn("look for erasures", "lake", w.l.opts.Dir, "error", err)
	}
}

// retireAsked gives all open segments to the sealer when an erasure waits for
// them. The turn must not be held: the sealer may need it.
func (w *Writer) retireAsked() {
	if !w.asked {
		return
	}
	w.asked = false
	for _, k := range w.days {
		if k.live != nil {
			w.retire(k)
		}
	}
}

// withhold keeps records of those who were erased out of a chunk, and takes
// them out of the records of others. The turn must be held.
func (w *Writer) withhold(c *chunk) error {
	if w.stones.list == nil {
		return nil
	}
	var t tape.Tape
	changed := map[int][]byte{} // new lines
	for i := range c.recs {
		p := &c.recs[i]
		if p.judged {
			continue
		}
		m := w.stones.of(&p.entry)
		if m == nil {
			continue
		}
		p.judged = true
		line := c.lines[p.start:p.end]
		if err := t.Parse(bytes.TrimSuffix(line, []byte{'\n'})); err != nil {
			return err
		}
		switch m.Judge(&t) {
		case person.Belongs:
			p.erased = true
		case person.Mentions:
			out := m.AppendWithout(nil, &t)
			if err := t.Parse(out); err != nil {
				return err
			}
			clean, _ := w.gate.Record(&t)
			p.before = p.hash
			changed[i] = append(bytes.Clone(clean.JSON()), '\n')
			p.identity, _ = identify(&t, w.types)
		case person.Untouched:
		}
	}
	if len(changed) == 0 {
		return nil
	}
	lines := make([]byte, 0, len(c.lines)+len(c.lines)/8)
	for i := range c.recs {
		p := &c.recs[i]
		line, ok := changed[i]
		if !ok {
			line = c.lines[p.start:p.end]
		}
		p.start = len(lines)
		lines = append(lines, line...)
		p.end = len(lines)
	}
	c.lines = lines
	return nil
}

// withhold says whether an item belongs to somebody who was erased, and takes
// mentions out of it. q.mu must be held.
func (q *quarantine) withhold(item *Quarantined) (gone bool, err error) {
	if err := q.stones.load(q.w.l, q.w.turn.look().stones); err != nil || q.stones.list == nil {
		return false, err
	}
	m := q.stones.list.Everyone()
	if t := item.Body.Tape(); t != nil {
		id, _ := identify(t, q.w.types)
		if m = q.stones.of(&id.entry); m == nil {
			return false, nil
		}
		switch m.Judge(t) {
		case person.Belongs:
			return true, nil
		case person.Mentions:
			if err := q.judge.Parse(m.AppendWithout(nil, t)); err != nil {
				return false, err
			}
			item.Body, _ = q.gate.Record(&q.judge)
		case person.Untouched:
		}
	} else if m.Text(item.Body.JSON()) {
		return true, nil
	}
	item.Reason = without(m, item.Reason)
	item.Source = without(m, item.Source)
	for i, f := range item.Findings {
		item.Findings[i] = without(m, f)
	}
	return false, nil
}

func without(m *person.Matcher, s string) string {
	return string(m.AppendTextWithout(nil, []byte(s)))
}
