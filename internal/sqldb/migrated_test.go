package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestMigrated opens databases that came through a migration: the tables of
// the older service, in PostgreSQL, with the types that their values showed.
// They must be read as the SQLite file was.
func TestMigrated(t *testing.T) {
	ctx := context.Background()
	old := filepath.Join(t.TempDir(), "old.db")
	lite := open(t, old)
	fillLoose(t, lite)
	want := everything(t, lite)
	for _, evidence := range []bool{false, true} {
		t.Run(fmt.Sprintf("evidence %v", evidence), func(t *testing.T) {
			source := server.Database(t)
			copyLoose(t, lite, source, evidence)
			db := open(t, source)
			if got := everything(t, db); got != want {
				t.Errorf("PostgreSQL:\n%s\nSQLite:\n%s", got, want)
			}
			// New rows take free ids, and defaults are there.
			if _, err := db.Tx(ctx, func(tx *Tx) error {
				_, err := AddAdmin(ctx, tx, "new@x.example", "N", "hash")
				return err
			}); err != nil {
				t.Error(err)
			}
			a, _, err := AdminByEmail(ctx, db, "new@x.example")
			if err != nil || a.ID != 8 || !a.CreatedAt.Valid || !a.IsActive.Bool {
				t.Errorf("%+v, %v", a, err)
			}
			var kind string
			for column, want := range map[string]string{"contractors.team_size": "int8", "contractors.focus_areas": "text", "contractors.services_offered": "json",
				"contractors.increased_tools": "bool", "contractors.created_at": "timestamptz", "strategic_partners.power_confidence_score": "float8", "events.date": "text"} {
				table, name, _ := strings.Cut(column, ".")
				if err := db.read.QueryRowContext(ctx, `SELECT udt_name FROM information_schema.columns WHERE table_name = $1 AND column_name = $2`, table, name).Scan(&kind); err != nil || kind != want {
					t.Errorf("%s is %s, want %s: %v", column, kind, want, err)
				}
			}
		})
	}
}

// fillLoose writes what the older service would.
func fillLoose(t *testing.T, db *DB) {
	for _, statement := range []string{
		`INSERT INTO admin_users (id, email, password_hash, full_name, is_active, created_at) VALUES (7, 'ada@x.example', '$2a$04$x', 'Ada', 'yes', '2025-07-28 09:00:00')`,
		`INSERT INTO contractors (id, name, email, phone, company_name, services_offered, focus_areas, team_size, increased_tools, increased_people, verification_code, verification_expires_at, created_at, completed_at)
			VALUES (3, 'Dana', 'd@x.example', '1', 'D', '["a", "b"]', '[object Object]', '25-50', 'yes', 0, '443958', 1753693803767, '2025-07-28 09:00:03', 'tomorrow')`,
		`INSERT INTO contractors (id, name, email, phone, company_name, services_offered, team_size, increased_tools, increased_people, created_at, completed_at)
			VALUES (9, 2, 'e@x.example', 5552013344, 'Größe', NULL, 24, 'true', 1, '2025-09-02T15:00:00.000Z', 1753693803767)`,
		`INSERT INTO strategic_partners (id, company_name, contact_email, is_active, power_confidence_score, focus_areas_served) VALUES (1, 'One', 'e', 'true', 90.5, '["a"]')`,
		`INSERT INTO strategic_partners (id, company_name, contact_email, is_active, power_confidence_score, focus_areas_served) VALUES (2, 'Two', 'e', 1, ' 95 ', 'x,y')`,
		`INSERT INTO strategic_partners (id, company_name, contact_email, is_active, power_confidence_score) VALUES (3, 'Off', 'e', 0, 99)`,
		`INSERT INTO events (id, name, date) VALUES (1, 'Surge', '2027-03-11')`,
	} {
		mustRun(t, db, statement)
	}
}

// everything is what this room says of the rows.
func everything(t *testing.T, db *DB) string {
	t.Helper()
	ctx := context.Background()
	contractors, err := Contractors(ctx, db, ContractorFilter{}, Page{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	partners, err := db.ActivePartners(ctx)
	if err != nil {
		t.Fatal(err)
	}
	admin, _, err := AdminByEmail(ctx, db, "ada@x.example")
	if err != nil {
		t.Fatal(err)
	}
	admin.UpdatedAt = Time{}
	for i := range contractors.Items {
		contractors.Items[i].UpdatedAt = Time{}
	}
	b, err := json.MarshalIndent([]any{contractors.Items, partners, admin}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// copyLoose makes the tables of the first two versions in PostgreSQL and
// copies the rows: every column as text, or where evidence is asked for as
// whole numbers when all of its values are.
func copyLoose(t *testing.T, from *DB, source string, evidence bool) {
	t.Helper()
	ctx := context.Background()
	db, err := connect(source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"admin_users", "strategic_partners", "contractors", "events", "demo_bookings"} {
		names, err := all[struct {
			Name string `sql:"name"`
		}](ctx, from, `SELECT name FROM pragma_table_info(?)`, table)
		if err != nil {
			t.Fatal(err)
		}
		var defs, list []string
		for _, n := range names {
			kind := "TEXT"
			if evidence {
				other, _, err := value[int64](ctx, from, `SELECT count(*) FROM `+table+` WHERE typeof(`+n.Name+`) NOT IN ('integer', 'null')`)
				if err != nil {
					t.Fatal(err)
				}
				if other == 0 {
					kind = "BIGINT"
				}
			}
			if n.Name == "id" {
				kind = "BIGINT PRIMARY KEY"
			}
			defs, list = append(defs, n.Name+" "+kind), append(list, n.Name)
		}
		mustRun(t, db, `CREATE TABLE `+table+` (`+strings.Join(defs, ", ")+`)`)
		rows, err := from.read.QueryContext(ctx, `SELECT CAST(`+strings.Join(list, ` AS TEXT), CAST(`)+` AS TEXT) FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			values := make([]sql.NullString, len(list))
			args := make([]any, len(list))
			for i := range values {
				args[i] = &values[i]
			}
			if err := rows.Scan(args...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				args[i] = nil
				if v.Valid {
					args[i] = v.String
				}
			}
			mustRun(t, db, `INSERT INTO `+table+` (`+strings.Join(list, ", ")+`) VALUES (`+marks(len(list))+`)`, args...)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
}
