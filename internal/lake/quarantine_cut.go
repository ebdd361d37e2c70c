package lake

import (
	"errors"
	"os"
	"path/filepath"
)

// cutting writes what recovery cuts from a segment: a file of quarantine with
// the name of the segment, so that doing it twice changes nothing.
type cutting struct {
	q    *quarantine
	path string
	tmp  string
	f    file
	at   int64
	line receipt
}

func (q *quarantine) cutting(day Day, name string) *cutting {
	path := q.w.l.quarantinePath(day, name, rawEnding)
	return &cutting{
		q: q, path: path, tmp: tmpName(path),
		line: receipt{Kind: receiptQuarantine, Day: day, Segment: name, Types: map[string]typeOf{}},
	}
}

func (c *cutting) add(item *Quarantined) error {
	d := c.q.w.l.disk
	if c.f == nil {
		if err := makeDir(d, filepath.Dir(c.path)); err != nil {
			return err
		}
		f, err := d.open(c.tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL)
		if err != nil {
			return err
		}
		c.f = f
	}
	b := c.q.appendItem(nil, item)
	if _, err := c.f.WriteAt(b, c.at); err != nil {
		return err
	}
	c.at += int64(len(b))
	c.line.Records++
	t := c.line.Types[""]
	t.Records++
	c.line.Types[""] = t
	return nil
}

// finish gives the file its name, if there is one.
func (c *cutting) finish() error {
	if c.f == nil {
		return nil
	}
	err := c.f.datasync()
	if err == nil {
		err = c.q.w.receipts.writeSynced(&c.line)
	}
	if err != nil {
		return errors.Join(err, c.drop())
	}
	return commitFile(c.q.w.l.disk, c.f, c.tmp, c.path)
}

// drop removes the file.
func (c *cutting) drop() error {
	if c.f == nil {
		return nil
	}
	return errors.Join(c.f.Close(), removeIfThere(c.q.w.l.disk, c.tmp))
}
