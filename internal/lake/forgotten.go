package lake

import (
	"context"
	"os"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tape"
)

// Forgotten tells of records whether they belong to somebody who was erased. It
// is not safe for concurrent use.
type Forgotten struct {
	l      *Lake
	turn   *turn
	stones stones
	names  typeNames
}

// OpenForgotten opens the list of those who were erased.
func (l *Lake) OpenForgotten(_ context.Context) (*Forgotten, error) {
	e := &Forgotten{l: l, names: newTypeNames()}
	return e, e.open()
}

// open opens the lock that tells of erasures, once there is one.
func (e *Forgotten) open() (err error) {
	if _, err := os.Stat(e.l.path(lockFile)); err != nil {
		return nil //nolint:nilerr // nobody ever wrote to this lake
	}
	e.turn, err = e.l.lookTurn()
	return err
}

// Hold keeps erasures from looking at copies until release is called: what is
// judged in between is either withheld, or written before they look.
func (e *Forgotten) Hold() (release func(), err error) {
	release, err = e.l.BeginCopy()
	if err == nil && e.turn == nil {
		if err = e.open(); err != nil {
			release()
		}
	}
	return release, err
}

// Close releases the list.
func (e *Forgotten) Close() error {
	if e.turn == nil {
		return nil
	}
	return e.turn.close()
}

// Judge says what a record has to do with those who were erased until now.
func (e *Forgotten) Judge(t *tape.Tape) (person.Verdict, error) {
	v, _, err := e.judge(t)
	return v, err
}

// judge also returns the matcher that has judged; nil when nobody was erased
// whom the record could concern.
func (e *Forgotten) judge(t *tape.Tape) (person.Verdict, *person.Matcher, error) {
	if e.turn == nil {
		return person.Untouched, nil, nil
	}
	if err := e.stones.load(e.l, e.turn.look().stones); err != nil || e.stones.list == nil {
		return person.Untouched, nil, err
	}
	id, _ := identify(t, e.names)
	m := e.stones.of(&id.entry)
	if m == nil {
		return person.Untouched, nil, nil
	}
	return m.Judge(t), m, nil
}

// Pass takes those who were erased out of a record: the tape is parsed again
// when it mentioned one of them. It is false for a record that belongs to one
// of them and must not be kept.
func (e *Forgotten) Pass(t *tape.Tape) (keep bool, err error) {
	verdict, m, err := e.judge(t)
	if err != nil || verdict == person.Belongs {
		return false, err
	}
	if verdict == person.Mentions {
		return true, t.Parse(m.AppendWithout(nil, t))
	}
	return true, nil
}
