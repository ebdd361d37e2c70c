package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

func TestDeal(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		dana := h.contractor("dana@x.example")
		sam := h.bearer(h.partner(6, "sam@x.example"))
		h.partner(7, "kim@x.example")
		h.meet(dana, 6)
		stranger := h.contractor("eve@x.example").UserID
		deal := `{"contractor_id":%s,"partner_id":"%d","deal_value":12500.5,"satisfaction_score":9,"notes":"x\u0000y"}`
		r := h.do("POST", "/api/outcomes/deals", fmt.Sprintf(deal, dana.UserID, 6), jsonWith("Authorization", sam)...)
		var body struct {
			Deal struct {
				InteractionID string `json:"interaction_id"`
				Notes         string
			}
		}
		if r.status != 201 || json.Unmarshal([]byte(r.body), &body) != nil || body.Deal.Notes != "x\ufffdy" {
			t.Fatal(r)
		}
		for _, c := range []struct {
			contractor string
			partner    int
			status     int
		}{{dana.UserID, 7, 403}, {"99", 6, 404}, {stranger, 6, 404}, {"0", 6, 400}} {
			if r := h.do("POST", "/api/outcomes/deals", fmt.Sprintf(deal, c.contractor, c.partner), jsonWith("Authorization", sam)...); r.status != c.status {
				t.Error(c, r)
			}
		}
		// One outcome, and none for what was refused.
		list := h.records(tpe.TypeDealClosed)
		if len(list) != 1 || list[0]["interaction_id"] != body.Deal.InteractionID || list[0]["user_id"] != dana.UserID || list[0].at("outcomes", "deal_value") != 12500.5 {
			t.Error(list)
		}
		if state, err := h.opts.DB.Outbox(t.Context()); err != nil || state.Waiting+state.Refused != 0 {
			t.Error(state, err)
		}
	})
}

// meet matches a contractor with partners.
func (h *house) meet(contractor auth.Identity, partners ...int64) {
	h.t.Helper()
	var list []sqldb.NewMatch
	for _, p := range partners {
		list = append(list, sqldb.NewMatch{PartnerID: p, Score: 70, Reasons: []string{}})
	}
	h.change(func(ctx context.Context, tx *sqldb.Tx) error {
		return sqldb.ReplaceMatches(ctx, tx, number(contractor.UserID), list)
	})
}

// A second click is no second deal, and no second booking; another one is.
func TestSecondClick(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		dana, sam := h.contractor("dana@x.example"), h.partner(6, "sam@x.example")
		h.meet(dana, 6)
		atOnce := func(path, body string, who auth.Identity) map[int]int {
			var group sync.WaitGroup
			var mu sync.Mutex
			statuses := map[int]int{}
			for range 6 {
				group.Go(func() {
					r := h.do("POST", path, body, jsonWith("Authorization", h.bearer(who))...)
					mu.Lock()
					statuses[r.status]++
					mu.Unlock()
				})
			}
			group.Wait()
			return statuses
		}
		const bookings, deals = "/api/bookings", "/api/outcomes/deals"
		booking, deal := `{"partner_id":6,"scheduled_date":"2036-01-01T10:00:00Z","notes":"x"}`, `{"contractor_id":`+dana.UserID+`,"deal_value":5}`
		if got := atOnce(bookings, booking, dana); got[201] != 1 || got[200] != 5 {
			t.Error(got)
		}
		if got := atOnce(deals, deal, sam); got[201] == 0 || got[201]+got[409] != 6 {
			t.Error(got)
		}
		h.call(dana, "POST", bookings, booking, 200, nil)
		h.call(dana, "POST", bookings, `{"partner_id":6,"scheduled_date":"2036-01-01T10:00:00Z","notes":"other"}`, 409, nil)
		if r := h.call(sam, "POST", deals, deal, 201, nil); r.header.Get("Idempotency-Replayed") != "true" {
			t.Error(r)
		}
		if n, m := len(h.records(tpe.TypeDemoBooking)), len(h.records(tpe.TypeDealClosed)); n != 1 || m != 1 {
			t.Errorf("%d bookings, %d deals", n, m)
		}
		h.call(dana, "POST", bookings, strings.Replace(booking, "10:00", "11:00", 1), 201, nil)
		h.call(sam, "POST", deals, strings.Replace(deal, "5}", "6}", 1), 201, nil)
		if r := h.do("POST", deals, deal, jsonWith("Authorization", h.bearer(sam), "Idempotency-Key", "another")...); r.status != 201 {
			t.Error(r)
		}
		h.call(h.admin("ada@x.example"), "DELETE", "/api/bookings/1", "", 200, nil)
		h.call(dana, "POST", bookings, booking, 201, nil)
		if n, m := len(h.records(tpe.TypeDemoBooking)), len(h.records(tpe.TypeDealClosed)); n != 3 || m != 3 {
			t.Errorf("%d bookings, %d deals", n, m)
		}
	})
}

func TestContractorList(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		admin := h.bearer(h.admin("ada@x.example"))
		for i := range 7 {
			h.contractor(fmt.Sprintf("c%d@x.example", i))
		}
		type answer struct {
			Count, Total int
			NextCursor   string `json:"next_cursor"`
			Contractors  []struct{ ID int }
		}
		list := func(query string) (a answer) {
			t.Helper()
			r := h.do("GET", "/api/contractors?"+query, "", "Authorization", admin)
			if r.status != 200 || json.Unmarshal([]byte(r.body), &a) != nil {
				t.Fatal(query, r)
			}
			return a
		}
		seen := map[int]bool{}
		pages, query := 0, "limit=3"
		for {
			a := list(query)
			pages++
			for _, c := range a.Contractors {
				seen[c.ID] = true
			}
			if a.Total != 7 || a.Count != len(a.Contractors) {
				t.Error(a)
			}
			if a.NextCursor == "" {
				break
			}
			query = "limit=3&cursor=" + a.NextCursor
		}
		if len(seen) != 7 || pages != 3 {
			t.Error(seen, pages)
		}
		if a := list("limit=2&offset=6"); a.Count != 1 || a.Contractors[0].ID != 1 {
			t.Error(a)
		}
		if a := list("stage=nowhere"); a.Count != 0 || a.Total != 0 || a.Contractors == nil {
			t.Error(a)
		}
		if a := list("search=C5%40X"); a.Count != 1 || a.Contractors[0].ID != 6 {
			t.Error(a)
		}
		if a := list("search=%25"); a.Count != 0 {
			t.Error(a)
		}
		for _, query := range []string{"limit=0", "limit=x", "limit=501", "offset=-1", "cursor=xyz", "cursor=!!"} {
			if r := h.do("GET", "/api/contractors?"+query, "", "Authorization", admin); r.status != 400 {
				t.Error(query, r)
			}
		}
		if r := h.do("DELETE", "/api/contractors/3", "", "Authorization", admin); r.status != 200 {
			t.Error(r)
		}
		if r := h.do("DELETE", "/api/contractors/3", "", "Authorization", admin); r.status != 404 {
			t.Error(r)
		}
	})
}
