package api

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/tpe"
)

// Who looks for a partner finds none that is not active, and books none.
func TestInactivePartner(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada, dana, sam := h.admin("ada@x.example"), h.contractor("dana@x.example"), h.partner(6, "sam@x.example")
		at := "/api/contractors/" + dana.UserID + "/complete"
		h.call(ada, "PUT", "/api/partners/6/toggle-status", "", 200, nil)
		h.call(dana, "POST", at, `{"selected_partner_id":6}`, 409, nil)
		h.call(dana, "POST", "/api/bookings", `{"partner_id":6,"scheduled_date":"2036-12-02"}`, 409, nil)
		for _, who := range []auth.Identity{nobody, dana} {
			h.call(who, "GET", "/api/partners/6", "", 404, nil)
		}
		h.call(ada, "GET", "/api/partners/6", "", 200, nil)
		h.call(ada, "PUT", "/api/partners/6/toggle-status", "", 200, nil)
		for _, who := range []auth.Identity{nobody, dana, sam} {
			h.call(who, "GET", "/api/partners/6", "", 200, nil)
		}
		h.call(dana, "POST", at, `{"selected_partner_id":6}`, 200, nil)
		if n := len(h.records(tpe.TypeDemoBooking)); n != 1 {
			t.Errorf("%d bookings", n)
		}
	})
}

func TestBulkAndExport(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		admin := h.admin("ada@x.example")
		a, b := h.contractor("a@x.example").UserID, h.contractor("b@x.example").UserID
		h.partner(6, "sam@x.example")
		h.call(admin, "PUT", "/api/contractors/"+a+"/profile", `{"focus_areas":["x","y"],"service_area":"=HYPERLINK(1)"}`, 200, nil)

		type results struct {
			Results []struct {
				ID          int64
				Status, New string
				NewStatus   string `json:"new_status"`
			}
			Updated int `json:"updated_count"`
			Deleted int `json:"deleted_count"`
			Message string
		}
		var r results
		h.call(admin, "POST", "/api/bulk/contractors/update", `{"contractor_ids":[`+a+`,"`+b+`",99],"updates":{"current_stage":"matching","team_size":7}}`, 200, &r)
		if r.Updated != 2 || r.Results[2].Status != "not_found" || r.Results[0].Status != "updated" || r.Message != "Bulk update completed for 3 contractors" {
			t.Error(r)
		}
		for _, bad := range []string{`{"contractor_ids":[],"updates":{"team_size":1}}`, `{"contractor_ids":[1]}`, `{"contractor_ids":[1],"updates":{"nothing":1}}`} {
			h.call(admin, "POST", "/api/bulk/contractors/update", bad, 400, nil)
		}
		h.call(admin, "POST", "/api/bulk/partners/update", `{"partner_ids":[6],"updates":{"pricing_model":"flat"}}`, 200, &r)
		r = results{}
		h.call(admin, "POST", "/api/bulk/partners/toggle-status", `{"partner_ids":[6,99]}`, 200, &r)
		if r.Updated != 1 || r.Results[0].NewStatus != "inactive" {
			t.Error(r)
		}
		for _, want := range []string{"active", "inactive"} { // each is one row
			r = results{}
			h.call(admin, "POST", "/api/bulk/partners/toggle-status", `{"partner_ids":[6,"6",6]}`, 200, &r)
			if r.Updated != 1 || len(r.Results) != 1 || r.Results[0].NewStatus != want || r.Message != "Bulk status toggle completed for 1 partners" {
				t.Error(r)
			}
		}
		for body, want := range map[string]string{`"team_size":1.5`: "Team size must be a whole number", `"current_stage":{}`: "Current stage ", `"current_stage":"zz"`: "Current stage must be one of", `"verification_status":"maybe"`: "Verification status must be one of", `"team_size":-1`: "Team size must be a whole number from 0", `"nothing":1`: "No valid fields to update"} {
			if r := h.call(admin, "POST", "/api/bulk/contractors/update", `{"contractor_ids":[1],"updates":{`+body+`}}`, 400, nil); !strings.Contains(r.body, `"message":"`+want) {
				t.Error(r)
			}
		}

		var data struct {
			Count      int
			Data       []map[string]any
			ExportedAt string `json:"exported_at"`
		}
		h.call(admin, "POST", "/api/bulk/contractors/export", `{"format":"json","contractor_ids":[`+a+`]}`, 200, &data)
		if data.Count != 1 || len(data.Data) != 1 || fmt.Sprint(data.Data[0]["focus_areas"]) != "[x y]" || data.Data[0]["verification_code"] != nil || data.ExportedAt == "" {
			t.Error(data)
		}
		text := h.call(admin, "POST", "/api/bulk/contractors/export", `{}`, 200, nil).body
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) != 3 || strings.Join(rows[0], ",") != "Id,Name,Email,Company Name,Phone,Service Area,Annual Revenue,Team Size,Current Stage,Verification Status,Focus Areas,Created At" {
			t.Fatal(err, text)
		}
		if row := rows[1]; row[5] != "'=HYPERLINK(1)" || row[7] != "7" || row[10] != "x; y" || len(row[11]) != 10 {
			t.Error(row)
		}
		text = h.call(admin, "POST", "/api/bulk/partners/export", `{"fields":["company_name","is_active","no_such"]}`, 200, nil).body
		if text != "Company Name,Is Active\n\"Partner 6\",\"Inactive\"\n" {
			t.Error(text)
		}

		h.call(admin, "PUT", "/api/partners/6/toggle-status", "", 200, nil)
		h.call(admin, "POST", "/api/bookings", `{"contractor_id":`+a+`,"partner_id":6,"scheduled_date":"2036-12-01 10:00"}`, 201, nil)
		h.call(admin, "PUT", "/api/partners/6/toggle-status", "", 200, nil)
		for _, path := range []string{"contractors?stage=matching", "partners?active=false", "bookings?status=scheduled"} {
			data.Data = nil
			h.call(admin, "GET", "/api/admin/export/"+path, "", 200, &data)
			if len(data.Data) == 0 || data.Count != len(data.Data) {
				t.Error(path, data)
			}
			separator := "&"
			if text := h.call(admin, "GET", "/api/admin/export/"+path+separator+"format=csv", "", 200, nil).body; !strings.HasPrefix(text, "id,") {
				t.Error(path, text)
			}
		}
		if text := h.call(admin, "GET", "/api/admin/export/bookings?format=csv&startDate=2999-01-01", "", 200, nil).body; text != "" {
			t.Error(text)
		}
		h.call(admin, "GET", "/api/admin/export/bookings?startDate=yesterday", "", 400, nil)

		var stats struct {
			Stats struct {
				Contractors    struct{ Total int }
				RecentActivity []struct{ Type string }
				Funnel         struct {
					Started int `json:"total_started"`
				}
			}
		}
		h.call(admin, "GET", "/api/admin/dashboard", "", 200, &stats)
		if stats.Stats.Contractors.Total != 2 || len(stats.Stats.RecentActivity) != 3 || stats.Stats.Funnel.Started != 2 {
			t.Error(stats)
		}
		r = results{}
		h.call(admin, "POST", "/api/bulk/contractors/delete", `{"contractor_ids":[`+a+`,99]}`, 200, &r)
		if r.Deleted != 1 {
			t.Error(r)
		}
	})
}
