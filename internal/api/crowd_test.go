package api

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

// 32 contractors go their way at once. Nobody is refused, and all of it is in
// the database and in the lake, once.
func TestCrowd(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		const clients, rounds = 32, 3
		ada := h.admin("ada@x.example")
		for i := range 4 {
			h.call(ada, "POST", "/api/partners", newPartner(fmt.Sprintf("P%d", i+1), 80+i, `["a"]`), 201, nil)
		}
		var wg sync.WaitGroup
		for n := range clients {
			wg.Go(func() {
				for k := range rounds {
					if err := h.flow(fmt.Sprintf("c%d.%d@x.example", n, k)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		// And somebody asks for the matches of one contractor over and over.
		one := h.contractor("one@x.example")
		for range 8 {
			wg.Go(func() {
				for range 4 {
					if r, err := h.try("GET", "/api/contractors/"+one.UserID+"/matches", "", "Authorization", h.bearer(one)); err != nil || r.status != 200 {
						t.Error(r, err)
					}
				}
			})
		}
		wg.Wait()
		var a struct{ Total int }
		if h.call(ada, "GET", "/api/contractors?stage=completed", "", 200, &a); a.Total != clients*rounds {
			t.Errorf("%d contractors are through, %d were told so", a.Total, clients*rounds)
		}
		if h.call(ada, "GET", "/api/bookings", "", 200, &a); a.Total != clients*rounds {
			t.Errorf("%d bookings", a.Total)
		}
		for typ, want := range map[string]int{tpe.TypePartnerMatch: 2 * (clients*rounds + 32), tpe.TypeDemoBooking: clients * rounds, tpe.TypeFlowCompletion: clients * rounds} {
			if got := len(h.records(typ)); got != want {
				t.Errorf("%d records of %s, want %d", got, typ, want)
			}
		}
		var detail struct {
			Contractor struct{ Matches []struct{ ID int } }
		}
		if h.call(ada, "GET", "/api/contractors/"+one.UserID, "", 200, &detail); len(detail.Contractor.Matches) != 3 {
			t.Error(detail)
		}
	})
}

// flow is the whole way of one contractor. Its browser says who it is, so
// that they can be told apart from one address.
func (h *house) flow(email string) error {
	as := append([]string{"User-Agent", email}, typeJSON...)
	var begun struct{ Contractor struct{ ID int64 } }
	step := func(method, path, body string) (reply, error) {
		r, err := h.try(method, path, body, as...)
		if err == nil && r.status != 200 {
			err = fmt.Errorf("%s %s: %d %s", method, path, r.status, r.body)
		}
		return r, err
	}
	r, err := step("POST", "/api/contractors/verify-start", fmt.Sprintf(`{"name":"D","email":%q,"phone":%q,"company_name":"C"}`, email, email))
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(r.body), &begun); err != nil {
		return err
	}
	path := fmt.Sprintf("/api/contractors/%d", begun.Contractor.ID)
	for _, s := range [][3]string{
		{"POST", "/api/contractors/verify-code", fmt.Sprintf(`{"contractor_id":%d,"code":"123456"}`, begun.Contractor.ID)},
		{"PUT", path + "/profile", `{"focus_areas":["a"],"current_stage":"matching"}`},
		{"GET", path + "/matches", ""},
		{"POST", path + "/complete", `{"selected_partner_id":1}`},
	} {
		if _, err := step(s[0], s[1], s[2]); err != nil {
			return err
		}
	}
	return nil
}
