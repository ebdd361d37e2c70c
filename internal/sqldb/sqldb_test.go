package sqldb

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

// A new database is read by its owner alone, and one that is there stays as it
// is.
func TestFileMode(t *testing.T) {
	dir := t.TempDir()
	made, there := filepath.Join(dir, "made.db"), filepath.Join(dir, "there.db")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(there, 0o640); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{made: 0o600, there: 0o640} {
		db, err := Open(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{path, path + "-wal"} {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
				t.Error(file, info.Mode(), err)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSeedAndList(t *testing.T) { both(t, testSeedAndList) }

func testSeedAndList(t *testing.T, db *DB) {
	ctx := context.Background()
	if empty, err := db.Empty(ctx); err != nil || !empty {
		t.Fatal(empty, err)
	}
	partners := []SamplePartner{
		{ID: 1, CompanyName: "Low", Email: "a@x.example", FocusAreas: []string{"a"}, ConfidenceScore: 9},
		{ID: 2, CompanyName: "High", Email: "b@x.example", FocusAreas: []string{"a", "b"}, ConfidenceScore: 88},
	}
	if err := db.Seed(ctx, partners, []SampleContractor{{ID: 1, Name: "N", Email: "n@x.example", Phone: "1", Company: "C", FocusAreas: []string{"a"}, PartnerID: 2, MatchScore: 70, Booking: "2026-11-25 14:30:00"}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Seed(ctx, partners, nil); err == nil {
		t.Error("the same rows twice")
	}
	list, err := db.ActivePartners(ctx)
	if err != nil || len(list) != 2 || list[0].CompanyName.String != "High" || list[0].FocusAreasServed.String != `["a","b"]` {
		t.Errorf("%+v, %v", list, err)
	}
	if err := db.Ping(ctx); err != nil {
		t.Error(err)
	}
	if empty, err := db.Empty(ctx); err != nil || empty {
		t.Error(empty, err)
	}
}

func TestStrangePath(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "new folder", "a b#?.db")
	db := open(t, path)
	if err := db.Seed(ctx, []SamplePartner{{ID: 1, CompanyName: "One", Email: "a@x.example"}}, nil); err != nil {
		t.Fatal(err)
	}
	again := open(t, path) // a second process
	if empty, err := again.Empty(ctx); err != nil || empty {
		t.Error(empty, err)
	}
}

// The old service let any value into any column.
func TestLooseValues(t *testing.T) {
	ctx := context.Background()
	db := open(t, filepath.Join(t.TempDir(), "tpe.db"))
	for _, row := range []string{
		`(1, 'one', x'00ff', 'yes', '25-50', '[object Object]')`,
		`(2, 2, NULL, 1, 90.5, 7)`,
		`(3, 'three', 'd', 'true', ' 95 ', NULL)`,
		`(4, 'off', 'd', 0, 99, NULL)`,
		`(5, 'off', 'd', 'no', 99, NULL)`,
		`(6, 'off', 'd', NULL, 99, NULL)`,
	} {
		if _, err := db.write.ExecContext(ctx, `INSERT INTO strategic_partners (id, company_name, description, is_active, power_confidence_score, focus_areas_served, contact_email) SELECT v.*, 'e' FROM (VALUES `+row+`) v`); err != nil {
			t.Fatal(err)
		}
	}
	list, err := db.ActivePartners(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var back []map[string]any
	if err := json.Unmarshal(out, &back); err != nil || len(back) != 3 {
		t.Fatalf("%s, %v", out, err)
	}
	if back[0]["id"] != 3.0 || back[0]["power_confidence_score"] != 95.0 || back[1]["company_name"] != "2" || back[2]["power_confidence_score"] != nil || back[2]["focus_areas_served"] != "[object Object]" {
		t.Errorf("%s", out)
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), path); tpe.CodeOf(err) != tpe.Unavailable || tpe.HintOf(err) == "" {
		t.Error(err)
	}
}
