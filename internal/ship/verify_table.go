package ship

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// VerifyTable holds a table against the lake, record by record. Segments that
// no feed has shipped yet are not expected there; without a feed all are.
func VerifyTable(ctx context.Context, l *lake.Lake, t *dynamo.Table, each func(lake.Fault)) (lake.CopyReport, error) {
	path := ShippedPath(l.Dir(), t)
	var due func(lake.Day, string) bool
	if _, err := os.Stat(path); err == nil {
		done, _, err := readShipped(path)
		if err != nil {
			return lake.CopyReport{}, err
		}
		due = done.has
	}
	items := tableItems{l: l, elsewhere: map[string][]dynamo.Entry{}}
	var expired time.Time
	if ttl := t.TTL(); ttl > 0 {
		expired = time.Now().Add(expirySlack - ttl)
	}
	return l.CompareCopy(ctx, "dynamodb", items.of(ctx, t), lake.Due{Segment: due, Expired: expired}, each)
}

// expirySlack is how long before its time an item may be missing: it passes
// while the table is read.
const expirySlack = time.Hour

func hashOf(s string) (v uint64) {
	_, _ = fmt.Sscanf(s, "%x", &v) // what is no hash is 0, and so differs
	return v
}

// tableItems yields the items of a table.
type tableItems struct {
	l         *lake.Lake
	elsewhere map[string][]dynamo.Entry // items without their record, by where it is
}

func (x *tableItems) of(ctx context.Context, t *dynamo.Table) iter.Seq2[lake.Copied, error] {
	return func(yield func(lake.Copied, error) bool) {
		for e, err := range t.Scan(ctx) {
			if err == nil && e.Ref != "" {
				x.elsewhere[e.Ref] = append(x.elsewhere[e.Ref], *e)
				continue
			}
			if err != nil {
				yield(lake.Copied{}, err)
				return
			}
			c := copied(e)
			if c.Sound {
				c.Wrong = misled(e.Wrong(e.Tape))
			}
			if !yield(c, nil) {
				return
			}
		}
		for _, ref := range slices.Sorted(maps.Keys(x.elsewhere)) {
			for _, c := range x.follow(ctx, ref) {
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// follow holds items against the records that they refer to. An item whose
// record is not found there is wrong.
func (x *tableItems) follow(ctx context.Context, ref string) []lake.Copied {
	items := x.elsewhere[ref]
	out := make([]lake.Copied, len(items))
	at := map[[2]string]int{}
	for i := range items {
		out[i] = copied(&items[i])
		out[i].Wrong = "its record is not where its attribute ref says"
		at[[2]string{items[i].ID, items[i].Content}] = i
	}
	if !filepath.IsLocal(ref) {
		return out
	}
	var t tape.Tape
	path := filepath.Join(x.l.Dir(), filepath.FromSlash(ref))
	for it := range source.NewReader(source.Options{}).FileItems(ctx, source.File{Path: path}) {
		if it.Err != nil || t.Parse(it.Data) != nil {
			continue
		}
		id, _ := t.Find("interaction_id")
		if i, ok := at[[2]string{t.Text(id), fmt.Sprintf("%016x", t.ContentHash())}]; ok {
			out[i].Wrong = misled(items[i].Wrong(&t))
		}
	}
	return out
}

// copied is an item as a copy of a record. Without a time that can be read it
// tells none.
func copied(e *dynamo.Entry) lake.Copied {
	hash, sound := e.Hash()
	c := lake.Copied{ID: e.ID, Type: e.Type, Sound: sound, Hash: hashOf(hash)}
	if at, err := tpe.ParseTime(e.Time); err == nil {
		c.Time = at
	}
	return c
}

// misled says which attributes are wrong.
func misled(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "not as its record says: " + strings.Join(names, ", ")
}
