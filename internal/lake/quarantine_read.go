package lake

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// QuarantinedItem is what lies in quarantine. Of Body and Text one is set at
// most: Text is what could not be read as JSON.
type QuarantinedItem struct {
	At       string          `json:"at"`
	Reason   string          `json:"reason"`
	Source   string          `json:"source"`
	Line     int             `json:"line,omitempty"`
	Findings []string        `json:"findings,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
	Text     *string         `json:"text,omitempty"`
	Day      Day             `json:"-"` // of arrival, or of the segment it was cut from
	Type     string          `json:"-"` // of the body; empty when it tells none
}

// Quarantine yields what could not be taken, in the order of days. An error
// ends it.
func (l *Lake) Quarantine(ctx context.Context) iter.Seq2[QuarantinedItem, error] {
	return func(yield func(QuarantinedItem, error) bool) {
		rd := source.NewReader(source.Options{})
		for folder, err := range l.dayFolders(ctx, quarantineFolder) {
			if err != nil {
				yield(QuarantinedItem{}, err)
				return
			}
			for _, s := range segmentsIn(folder.entries) {
				path := filepath.Join(folder.path, s.file)
				for item, err := range l.quarantineFile(ctx, rd, folder.day, path) {
					if !yield(item, err) || err != nil {
						return
					}
				}
			}
		}
		if err := interruptedBy(ctx); err != nil {
			yield(QuarantinedItem{}, err)
		}
	}
}

// quarantineFile yields the items of one file. The last line of one that is
// being written may lack its end, and is left out.
func (l *Lake) quarantineFile(ctx context.Context, rd *source.Reader, day Day, path string) iter.Seq2[QuarantinedItem, error] {
	return func(yield func(QuarantinedItem, error) bool) {
		for it := range rd.FileItems(ctx, source.File{Path: path}) {
			if it.Err != nil && it.Err.Kind == source.Torn && strings.HasSuffix(path, openEnding) {
				return
			}
			item, err := readQuarantined(&it)
			item.Day = day
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// countQuarantineFile counts the items of one file by type.
func (l *Lake) countQuarantineFile(ctx context.Context, day Day, path string) (map[string]uint64, error) {
	out := map[string]uint64{}
	for item, err := range l.quarantineFile(ctx, source.NewReader(source.Options{}), day, path) {
		if err != nil {
			return nil, err
		}
		out[item.Type]++
	}
	return out, interruptedBy(ctx)
}

func readQuarantined(it *source.Item) (QuarantinedItem, error) {
	var item QuarantinedItem
	if it.Err != nil {
		return item, fmt.Errorf("read quarantine %s line %d: %w", it.File, it.Line, it.Err)
	}
	if err := json.Unmarshal(it.Data, &item); err != nil {
		return item, fmt.Errorf("read quarantine %s line %d: %w", it.File, it.Line, err)
	}
	var body struct {
		Type json.RawMessage `json:"interaction_type"`
	}
	if item.Body != nil && json.Unmarshal(item.Body, &body) == nil && body.Type != nil {
		if json.Unmarshal(body.Type, &item.Type) != nil {
			item.Type = ""
		}
	}
	return item, nil
}

// raw returns the body as it is stored: JSON, or the text as a JSON string.
func (q *QuarantinedItem) raw() []byte {
	if q.Body != nil || q.Text == nil {
		return q.Body
	}
	return tpe.AppendString(nil, *q.Text)
}

// QuarantineGroup is what lies in quarantine for one reason.
type QuarantineGroup struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
	First  string `json:"first"` // when the first of them came
	Last   string `json:"last"`
	Source string `json:"source"` // of the first
}

// QuarantineGroups counts what lies in quarantine by reason, the most
// frequent one first.
func (l *Lake) QuarantineGroups(ctx context.Context) ([]QuarantineGroup, error) {
	groups := map[string]*QuarantineGroup{}
	for item, err := range l.Quarantine(ctx) {
		if err != nil {
			return nil, err
		}
		g := groups[item.Reason]
		if g == nil {
			g = &QuarantineGroup{Reason: item.Reason, First: item.At, Source: item.Source}
			groups[item.Reason] = g
		}
		g.Count++
		g.First, g.Last = min(g.First, item.At), max(g.Last, item.At)
	}
	out := make([]QuarantineGroup, 0, len(groups))
	for _, g := range groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b QuarantineGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason))
	})
	return out, nil
}
