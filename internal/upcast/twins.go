package upcast

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// How far apart the two records of one call may lie, in milliseconds. Both
// are written in one go, so that timestamp minus response_time_ms, the start
// of the call, is the same up to rounding; what differs is the moment in
// which each looked at the clock.
const (
	startTolerance = 5
	stampTolerance = 250
)

// Twins finds the calls that the old service logged twice. It wrote one
// record when a handler answered with JSON and another one when that answer
// was sent, with the same content but for interaction_id, session_id,
// timestamp and response_time_ms.
//
// Two records are twins when all else is the same, their calls started at
// the same time up to 5 ms, and their timestamps are at most 250 ms apart.
// The earlier one, by timestamp and then by id, is the first; the other is
// its second copy. Where more than two are that close, those whose starts
// lie closest are paired, and a record is in one pair at most. So of any
// number of equal calls within the same milliseconds half are second copies:
// more cannot be known. Answers in CSV were logged once and have no twin.
//
// The zero value is ready. A record takes 48 bytes until Pairs.
type Twins struct {
	seen []call
}

// call is what Twins remembers of a record.
type call struct {
	content uint64 // hash of all that twins share
	start   int64  // ms since 1970
	stamp   int64  // ms since 1970
	id      uuid.UUID
	kept    bool // from before the last Pairs
}

// The members in which twins differ.
var twinsDiffer = [...]uint64{
	tape.NameHash("interaction_id"), tape.NameHash("session_id"),
	hashTimestamp, tape.NameHash("response_time_ms"),
}

// Add looks at a record as the old service wrote it, before it is upcast,
// and remembers it when it may have a twin. Adding a record twice, from two
// files for instance, makes no difference.
func (tw *Twins) Add(t *tape.Tape) {
	if !mayHaveTwin(t) {
		return
	}
	took, ok := t.Get(0, "response_time_ms")
	if !ok {
		return
	}
	ms, ok := t.Float(took)
	if !ok {
		return
	}
	stamp, ok := t.Get(0, "timestamp")
	if !ok {
		return
	}
	at, ok := (&record{t: t}).readTime(node(stamp))
	if !ok {
		return
	}
	c := call{stamp: at.UnixMilli()}
	c.start = c.stamp - int64(ms)
	c.id, _ = idOf(t)
	for name, value := range t.Members(0) {
		if h := t.Nodes[name].Hash; !slices.Contains(twinsDiffer[:], h) {
			c.content += t.HashNode(value, tape.PathHash(tape.RootPath, h))
		}
	}
	tw.seen = append(tw.seen, c)
}

// MayHaveTwin looks at the bytes of a record and says whether it is worth
// putting on a tape for Add. It is false for most records and never wrong
// then: the old service wrote both texts into every call. The end of
// "unknown" is looked for first, because few records have a k at all.
func MayHaveTwin(record []byte) bool {
	return bytes.Contains(record, []byte(`known"`)) && bytes.Contains(record, []byte(`_time_ms"`))
}

// mayHaveTwin says whether the record is a call of the old service whose
// answer was not CSV.
func mayHaveTwin(t *tape.Tape) bool {
	if len(t.Nodes) == 0 || t.Kind(0) != tape.KindObject {
		return false
	}
	kind, ok := t.Get(0, "interaction_type")
	if !ok || string(t.Bytes(kind)) != tpe.TypeAPICall || !look(t).old {
		return false
	}
	return !answeredCSV(t)
}

// answeredCSV says whether a call was an export that succeeded in CSV: those
// of the admin router when asked for, those of the bulk router unless JSON
// was asked for.
func answeredCSV(t *tape.Tape) bool {
	path, ok := t.Get(0, "path")
	if !ok || !bytes.Contains(t.Bytes(path), []byte("export")) {
		return false
	}
	status, ok := t.Get(0, "response_status")
	if n, isInt := t.Int(status); !ok || !isInt || n != 200 {
		return false
	}
	if format, ok := t.Find("query_params", "format"); ok {
		return string(t.Bytes(format)) == "csv"
	}
	if bytes.HasSuffix(t.Bytes(path), []byte("/export")) {
		format, ok := t.Find("request_body", "format")
		return !ok || string(t.Bytes(format)) == "csv"
	}
	return false
}

// Pairs returns the twins among the records that were added: the id of the
// second copy, and with it the id of the first. The order in which they were
// added makes no difference.
//
// It forgets them, but for calls without a twin, which it keeps until the
// next Pairs: the copy of a call at midnight lies in the folder of the next
// day.
func (tw *Twins) Pairs() map[uuid.UUID]uuid.UUID {
	slices.SortFunc(tw.seen, func(a, b call) int {
		return cmp.Or(cmp.Compare(a.content, b.content), cmp.Compare(a.start, b.start), a.compare(b))
	})
	tw.seen = slices.Compact(tw.seen)
	pairs := make(map[uuid.UUID]uuid.UUID)
	var rest []call
	for i := 0; i < len(tw.seen); {
		end := i + 1
		for end < len(tw.seen) && tw.seen[end].content == tw.seen[i].content {
			end++
		}
		for _, c := range pair(tw.seen[i:end], pairs) {
			if !c.kept {
				c.kept = true
				rest = append(rest, c)
			}
		}
		i = end
	}
	tw.seen = rest
	return pairs
}

// compare orders two calls by when they were logged, then by id.
func (c call) compare(other call) int {
	return cmp.Or(cmp.Compare(c.stamp, other.stamp), bytes.Compare(c.id[:], other.id[:]))
}

// pair finds the twins among calls of the same content, sorted by start, and
// returns those that have none. It begins with those that started in the
// same millisecond. It uses the space of calls.
func pair(calls []call, pairs map[uuid.UUID]uuid.UUID) []call {
	for apart := int64(0); apart <= startTolerance && len(calls) > 1; apart++ {
		alone := calls[:0]
		for i := 0; i < len(calls); i++ {
			if i+1 == len(calls) || !twins(calls[i], calls[i+1], apart) {
				alone = append(alone, calls[i])
				continue
			}
			first, second := calls[i], calls[i+1]
			if first.compare(second) > 0 {
				first, second = second, first
			}
			pairs[second.id] = first.id
			i++
		}
		calls = alone
	}
	return calls
}

// twins says whether two calls of the same content are as close as twins
// are, their starts at most apart ms.
func twins(a, b call, apart int64) bool {
	return b.start-a.start <= apart && max(a.stamp-b.stamp, b.stamp-a.stamp) <= stampTolerance && a.id != b.id
}
