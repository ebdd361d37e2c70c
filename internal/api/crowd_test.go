package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// crowdClients is how many go their ways at once.
const crowdClients = 32

// 32 clients go the ways of the front end at once: contractors, partners in
// their portal, administrators. Nobody gets an answer that it does not expect,
// and what was acknowledged is in the database and in the lake, once.
//
// Each goes its way once; TPE_CROWD=60s lets them go on for so long.
func TestCrowd(t *testing.T) {
	var long time.Duration
	if s := os.Getenv("TPE_CROWD"); s != "" {
		var err error
		if long, err = time.ParseDuration(s); err != nil {
			t.Fatal("TPE_CROWD:", err)
		}
	}
	proxied := func(o *Options) { o.TrustedProxies = prefixes(t, "127.0.0.1/32") }
	both(t, proxied, func(t *testing.T, h *house) {
		c := newCrowd(h)
		end := time.Now().Add(long)
		var wg sync.WaitGroup
		for n := range crowdClients {
			wg.Go(func() {
				for round := 0; ; round++ {
					g := &goer{crowd: c, n: n, round: round}
					c.way(n)(g)
					c.add(g)
					if g.fault != nil {
						t.Error(g.fault)
						return
					}
					if !time.Now().Before(end) {
						return
					}
				}
			})
		}
		began := time.Now()
		wg.Wait()
		t.Logf("%d requests in %v, %d outcomes", len(c.asked), time.Since(began).Round(time.Millisecond), len(c.events))
		c.check(t)
	})
}

// event is one kind of outcome of one request.
type event struct{ request, typ string }

// crowd is what all of them share, and what was acknowledged to them.
type crowd struct {
	h      *house
	shared auth.Identity // a contractor whom many look after

	mu      sync.Mutex
	asked   map[string]string // what was asked, by request id
	events  map[event]int
	rows    map[string]map[int64]bool // ids by table: true is there, false was deleted
	answers map[int64]int             // answered surveys by partner
}

const crowdPartners = 8

func newCrowd(h *house) *crowd {
	c := &crowd{h: h, asked: map[string]string{}, events: map[event]int{}, rows: map[string]map[int64]bool{}, answers: map[int64]int{}}
	h.admin("team@x.example")
	for id := range int64(crowdPartners) {
		h.partner(id+1, fmt.Sprintf("p%d@x.example", id+1))
	}
	c.shared = h.contractor("shared@x.example")
	c.rows["bookings"] = map[int64]bool{}
	h.change(func(ctx context.Context, tx *sqldb.Tx) error { // so that every partner has met it
		for id := range int64(crowdPartners) {
			row, err := sqldb.AddBooking(ctx, tx, []sqldb.Set{{Column: "contractor_id", Value: number(c.shared.UserID)}, {Column: "partner_id", Value: id + 1}, {Column: "scheduled_date", Value: "2026-01-01 10:00:00"}, {Column: "status", Value: "completed"}})
			if err != nil {
				return err
			}
			c.rows["bookings"][row.ID] = true
		}
		return nil
	})
	return c
}

// way says which way a client goes: 18 are contractors, 8 partners and 6
// administrators.
func (c *crowd) way(n int) func(*goer) {
	switch {
	case n < crowdPartners:
		return (*goer).partnerWay
	case n < crowdPartners+6:
		return (*goer).adminWay
	}
	return (*goer).contractorWay
}

// add takes over what was acknowledged to a client.
func (c *crowd) add(g *goer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.Copy(c.asked, g.asked)
	for e, n := range g.events {
		c.events[e] += n
	}
	for table, ids := range g.rows {
		if c.rows[table] == nil {
			c.rows[table] = map[int64]bool{}
		}
		maps.Copy(c.rows[table], ids)
	}
	for id, n := range g.answered {
		c.answers[id] += n
	}
}

// check holds the database and the lake against what was acknowledged.
func (c *crowd) check(t *testing.T) {
	h, ada := c.h, auth.Identity{UserID: "1", UserType: tpe.UserAdmin}
	ours := len(c.asked)
	var partners map[int64]map[string]any
	for table, path := range map[string]string{"contractors": "admin/export/contractors", "partners": "admin/export/partners", "bookings": "admin/export/bookings",
		"surveys": "feedback/surveys?limit=500", "deals": "outcomes/deals?limit=500", "campaigns": "sms/campaigns?limit=500"} {
		there := c.everyRow(ada, path)
		for id, want := range c.rows[table] {
			if (there[id] != nil) != want {
				t.Errorf("%s: that %d is there is %v, should be %v", table, id, there[id] != nil, want)
			}
		}
		extra := map[string]int{"partners": crowdPartners, "contractors": 1}[table]
		kept := 0
		for _, is := range c.rows[table] {
			if is {
				kept++
			}
		}
		// A contractor's booking has an id that only the database knows.
		if table == "bookings" {
			for e := range c.events {
				if e.typ == tpe.TypeFlowCompletion {
					extra++
				}
			}
		}
		if len(there) != kept+extra {
			t.Errorf("%s: %d rows, %d were acknowledged", table, len(there), kept+extra)
		}
		if table == "contractors" {
			for id, is := range c.rows[table] {
				if stage := there[id]["current_stage"]; is && stage != "completed" {
					t.Errorf("the contractor %d is at %v", id, stage)
				}
			}
		}
		if table == "partners" {
			partners = there
		}
	}
	for id, n := range c.answers {
		if got := partners[id]["total_feedback_responses"]; got != float64(n) {
			t.Errorf("the partner %d has %v answers, %d were given", id, got, n)
		}
	}
	var detail struct {
		Contractor struct{ Matches []struct{ ID int } }
	}
	// Of those, partners that were deleted meanwhile are gone.
	if h.call(ada, "GET", "/api/contractors/"+c.shared.UserID, "", 200, &detail); len(detail.Contractor.Matches) > 3 {
		t.Error("who was matched by many has", detail)
	}

	// One api_call a request, one outcome an event, and no other.
	set, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	calls, events := map[string]int{}, map[event]int{}
	for rec, err := range h.lake.Records(context.Background(), lake.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			Type string `json:"interaction_type"`
			Call struct {
				RequestID string `json:"request_id"`
			} `json:"api_call"`
			Metadata struct {
				RequestID string `json:"request_id"`
			}
		}
		if err := json.Unmarshal(rec.JSON(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Type == tpe.TypeAPICall {
			if c.asked[r.Call.RequestID] != "" {
				calls[r.Call.RequestID]++
			}
			continue
		}
		events[event{r.Metadata.RequestID, r.Type}]++
		if faults := set.Check(rec.Tape, schema.Check{Strict: true}); faults != nil {
			t.Errorf("%s: %+v", rec.JSON(), faults)
		}
	}
	for id, what := range c.asked {
		if calls[id] != 1 {
			t.Errorf("%s has %d records", what, calls[id])
		}
	}
	for e, n := range c.events {
		if events[e] != n {
			t.Errorf("%s: %d records of %s, want %d", c.asked[e.request], events[e], e.typ, n)
		}
	}
	for e, n := range events {
		if c.events[e] == 0 {
			t.Errorf("%s: %d records of %s, want none", c.asked[e.request], n, e.typ)
		}
	}
	if len(calls) != ours {
		t.Errorf("%d requests, %d records of calls", ours, len(calls))
	}
}

// everyRow reads a list, page by page where it has some, by id.
func (c *crowd) everyRow(as auth.Identity, path string) map[int64]map[string]any {
	out := map[int64]map[string]any{}
	for next := ""; ; {
		at := path
		if next != "" {
			at += "&cursor=" + next
		}
		var page map[string]json.RawMessage
		c.h.call(as, "GET", "/api/"+at, "", 200, &page)
		for _, name := range slices.Sorted(maps.Keys(page)) {
			var rows []map[string]any
			if json.Unmarshal(page[name], &rows) != nil {
				continue
			}
			for _, row := range rows {
				if id, ok := row["id"].(float64); ok {
					out[int64(id)] = row
				}
			}
		}
		next = ""
		if raw := page["next_cursor"]; raw == nil || json.Unmarshal(raw, &next) != nil || next == "" {
			return out
		}
	}
}
