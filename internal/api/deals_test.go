package api

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

func TestDeal(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		dana := h.contractor("dana@x.example")
		sam := h.bearer(h.partner(6, "sam@x.example"))
		h.partner(7, "kim@x.example")
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
		}{{dana.UserID, 7, 403}, {"99", 6, 404}, {"0", 6, 400}} {
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
