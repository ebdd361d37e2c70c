package api

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// execute runs statements on a database beside the server.
func execute(t *testing.T, database string, statements ...string) {
	t.Helper()
	driver, source := "sqlite", database+"?_pragma=busy_timeout(10000)" // the server writes, too
	if strings.HasPrefix(database, "postgres") {
		driver, source = "pgx", database
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// resourceRows are the podcasts, events and manufacturers that a contractor
// can be matched with, and some that nobody can.
var resourceRows = []string{
	`INSERT INTO podcasts (id, name, host, topics, focus_areas_covered) VALUES (1, 'The Wealthy Contractor', 'Brian', '["Business Growth"]', '["controlling_lead_flow"]'), (2, 'Other', NULL, '7', '{}')`,
	`INSERT INTO events (id, name, date, location, focus_areas_covered, registration_deadline) VALUES (1, 'Operation Lead Surge', '2099-03-11', 'Philadelphia, PA', '["controlling_lead_flow"]', '2099-03-04'),
		(2, 'Past', '2020-01-01', NULL, '["controlling_lead_flow"]', NULL), (3, 'Some day', 'in spring', '', '"x"', 'soon')`,
	`INSERT INTO manufacturers (id, company_name, product_categories, focus_areas_served, contractor_rating, power_confidence_score) VALUES (1, 'GAF', '["Asphalt Shingles"]', '["controlling_lead_flow"]', 4.7, 96)`,
}

// looseRows are rows as the older service left them: any value in any column.
var looseRows = map[string][]string{
	"sqlite": {
		`INSERT INTO strategic_partners (id, company_name, contact_email, focus_areas_served, target_revenue_range, power_confidence_score, is_active, key_differentiators, created_at, tech_stack_crm) VALUES
			(1, 'Good', 'a@x.example', '["controlling_lead_flow"]', '100k_500k', 96, 1, '["a"]', '2025-07-28 09:00:00', 'HubSpot'),
			(2, 17, x'00ff', '[object Object]', '{"a":1}', 'high', 'yes', 'undefined', 1753866004638, x'ff'),
			(3, 'Void', 'c', NULL, '', '25-50', 'maybe', '[', 'yesterday', NULL)`,
		`INSERT INTO contractors (id, name, email, phone, company_name, focus_areas, primary_focus_area, annual_revenue, team_size, increased_tools, current_stage, tech_stack_sales, created_at, completed_at, verification_status) VALUES
			(1, 'Dana', 'd@x.example', '1', 'D', '["controlling_lead_flow","controlling_lead_flow"]', 'controlling_lead_flow', '11_20_million', '25-50', 'yes', 'completed', '[]', '2025-07-28 09:00:00', '07/29/2025', 'verified'),
			(2, 12, 'e@x.example', 5552013344, x'c3', 'a, b', '[object Object]', 7, 1e300, 2, NULL, '{', 'never', 1753866004638, 1)`,
		`INSERT INTO contractor_partner_matches (contractor_id, partner_id, match_score, match_reasons, is_primary_match, created_at) VALUES (1, 3, 'good', 'because', 'on', 'once'), (2, 2, 50.5, NULL, NULL, NULL)`,
		`INSERT INTO demo_bookings (contractor_id, partner_id, scheduled_date, status, notes) VALUES (1, 1, 1753866004638, 'scheduled', NULL), (1, 2, '09/05/2025 2:00 PM', 'no_show', x'00'), (2, 1, 'soon', 7, 9), (1, 2, '2025-09-02T15:00:00.000Z', NULL, '')`,
	},
	"postgres": {
		`INSERT INTO strategic_partners (id, company_name, contact_email, focus_areas_served, target_revenue_range, power_confidence_score, is_active, key_differentiators, tech_stack_crm) VALUES
			(1, 'Good', 'a@x.example', '["controlling_lead_flow"]', '"100k_500k"', 96, TRUE, '["a"]', '"HubSpot"'),
			(2, '17', '', '"[object Object]"', '{"a":1}', NULL, TRUE, '[1,null,{}]', '7'), (3, 'Void', 'c', NULL, 'null', -5, NULL, '""', NULL)`,
		`INSERT INTO contractors (id, name, email, phone, company_name, focus_areas, primary_focus_area, annual_revenue, team_size, increased_tools, current_stage, tech_stack_sales, created_at, completed_at, verification_status) VALUES
			(1, 'Dana', 'd@x.example', '1', 'D', '["controlling_lead_flow","controlling_lead_flow"]', 'controlling_lead_flow', '11_20_million', 25, TRUE, 'completed', '[]', '2025-07-28', '2025-07-29', 'verified'),
			(2, '12', 'e@x.example', '', '', '"a, b"', '[object Object]', '7', NULL, NULL, NULL, '{}', NULL, '2025-07-29', '1')`,
		`INSERT INTO contractor_partner_matches (contractor_id, partner_id, match_score, match_reasons, is_primary_match) VALUES (1, 3, NULL, '"because"', NULL), (2, 2, 50, NULL, NULL)`,
		`INSERT INTO demo_bookings (contractor_id, partner_id, scheduled_date, status, notes) VALUES (1, 1, '2025-07-30', 'scheduled', NULL), (1, 2, '2025-09-05 14:00', 'no_show', ''), (2, 1, NULL, '7', '9'), (NULL, 2, NULL, NULL, '')`,
	},
}

// Whatever stands in the columns, everything can be looked at.
func TestLooseValues(t *testing.T) {
	for engine, rows := range looseRows {
		t.Run(engine, func(t *testing.T) {
			dir := t.TempDir()
			database := filepath.Join(dir, "tpe.db")
			if engine == "postgres" {
				database = postgres.Database(t)
			}
			h := openWith(t, dir, optionsOn(t, dir, database), nil)
			execute(t, database, append(append([]string{}, rows...), resourceRows...)...)
			h.lookAtAll(2, 3, 3)
			var a struct {
				Matches []struct {
					Partner struct {
						TargetRevenueRange []string `json:"target_revenue_range"`
					}
				}
				PodcastMatch, EventMatch, ManufacturerMatch *struct {
					ID           int
					MatchScore   float64
					MatchReasons []string
				}
			}
			r := h.call(h.admin("bob@x.example"), "GET", "/api/contractors/1/matches", "", 200, &a)
			if len(a.Matches) != 2 || len(a.Matches[0].Partner.TargetRevenueRange) != 1 {
				t.Error(r)
			}
			if a.PodcastMatch == nil || a.EventMatch == nil || a.EventMatch.ID != 1 || a.ManufacturerMatch == nil || len(a.ManufacturerMatch.MatchReasons) == 0 {
				t.Error(r)
			}
			if list := h.records("partner_match"); len(list) == 0 || list[len(list)-1].at("outcomes", "podcast_matched") != true {
				t.Error(list)
			}
		})
	}
}

// lookAtAll asks for every list, detail, search and number of people, with
// at least so many of them.
func (h *house) lookAtAll(contractors, partners, bookings int) {
	h.t.Helper()
	ada := h.admin("looking@x.example")
	for path, atLeast := range map[string]int{"contractors": contractors, "partners": partners, "bookings": bookings, "outcomes/deals": 0} {
		var ids []int64
		for _, cursor := range []string{"", "offset"} {
			query, seen := "?limit=7", map[int64]bool{}
			for {
				var a map[string]json.RawMessage
				h.call(ada, "GET", "/api/"+path+query, "", 200, &a)
				var rows []struct{ ID int64 }
				if err := json.Unmarshal(a[path[strings.IndexByte(path, '/')+1:]], &rows); err != nil {
					h.t.Fatal(path, err, a)
				}
				for _, r := range rows {
					if seen[r.ID] {
						h.t.Errorf("%s: %d comes twice", path, r.ID)
					}
					seen[r.ID] = true
				}
				var next string
				if a["next_cursor"] == nil {
					var total int
					if _ = json.Unmarshal(a["total"], &total); total != len(seen) || total < atLeast {
						h.t.Errorf("%s: the total is %d, %d were seen, at least %d are there", path, total, len(seen), atLeast)
					}
					break
				}
				if err := json.Unmarshal(a["next_cursor"], &next); err != nil {
					h.t.Fatal(err)
				}
				if query = "?limit=7&cursor=" + next; cursor == "offset" {
					query = fmt.Sprintf("?limit=7&offset=%d", len(seen))
				}
			}
			ids = ids[:0]
			for id := range seen {
				ids = append(ids, id)
			}
		}
		if path == "outcomes/deals" {
			continue
		}
		for _, id := range ids {
			r := h.call(ada, "GET", fmt.Sprintf("/api/%s/%d", path, id), "", 200, nil)
			switch path {
			case "partners":
				status := 404 // what is not active is shown to nobody else
				if strings.Contains(r.body, `"is_active":1`) {
					status = 200
				}
				h.call(nobody, "GET", fmt.Sprintf("/api/partners/%d", id), "", status, nil)
			case "contractors":
				h.call(ada, "GET", fmt.Sprintf("/api/contractors/%d/matches?focusAreaIndex=1", id), "", 200, nil)
			}
		}
		h.call(ada, "GET", "/api/"+path+"/stats/overview", "", 200, nil)
	}
	h.call(nobody, "GET", "/api/partners/active", "", 200, nil)
	for path, body := range map[string]string{
		"contractors": `{"query":"a","focus_areas":["a"],"revenue_ranges":["7"],"team_size_from":0,"created_from":"2020-01-01"}`, "partners": `{"query":"a","focus_areas":["a"],"revenue_ranges":["1"],"score_from":0,"is_active":true}`,
	} {
		h.call(ada, "POST", "/api/"+path+"/search", body, 200, nil)
		h.call(ada, "POST", "/api/"+path+"/search", `{"limit":500}`, 200, nil)
	}
}

// A database of the older service is served as it is. TPE_OLD_DATABASE names
// one; it is copied.
func TestOldDatabase(t *testing.T) {
	name := os.Getenv("TPE_OLD_DATABASE")
	if name == "" {
		t.Skip("TPE_OLD_DATABASE names no database; TestLooseValues has the like of its values")
	}
	dir := t.TempDir()
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(dir, "tpe.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	h := openWith(t, dir, options(t, dir), nil)
	h.lookAtAll(1, 1, 1)
	ada := h.admin("deleting@x.example")
	var list struct {
		Contractors []struct{ ID int64 }
	}
	h.call(ada, "GET", "/api/contractors?limit=20", "", 200, &list)
	for _, c := range list.Contractors {
		h.call(ada, "DELETE", fmt.Sprintf("/api/contractors/%d", c.ID), "", 200, nil)
	}
}
