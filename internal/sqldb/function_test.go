package sqldb

import (
	"context"
	"fmt"
	"testing"
)

// loose are texts that a column of the old database may hold.
var loose = []string{
	"", " ", "1", "0", " 1 ", "1.0", "0.0", "2", "true", "TRUE", "Yes", "y", "on", "off", "No", "f", "undefined", "null", "[object Object]",
	"25-50", "90.5", " 95 ", "-3", "+4", ".5", "5.", "1e3", "1e400", "1e", "NaN", "Infinity", "inf", "0x10", "1_000", "--1", "+",
	"1753693803767", "1753693803", "1767517201630.5", "-1753693803767", "99999999999999999",
	"2025-07-28 09:00:03", "2025-07-28T09:00:03Z", "2025-07-28T09:00:03.123Z", "2025-07-28T09:00:03+02:00", "2025-07-28 09:00:03+02", "2025-07-28 09:00:03.5+00:00",
	"2025-09-10", "09/05/2025 2:00 PM", "9/5/2025", "09/05/2025 14:30", "2026-01-05T15:00", "2026-01-05 15:00", "2025-02-30", "2025-13-01", "2025-07-28 25:00:00",
	"13/13/2025", "20250728", "tomorrow", "2025", "2025-07-28 09:00:03 +0000 UTC", "Größe", "0001-01-01", "9999-12-31 23:59:59",
}

func TestFunctionsAgree(t *testing.T) {
	ctx := context.Background()
	results := map[string][]string{}
	both(t, func(t *testing.T, db *DB) {
		mustRun(t, db, `CREATE TABLE loose (id BIGINT, x TEXT, n DOUBLE PRECISION, b BOOLEAN)`)
		for i, s := range loose {
			mustRun(t, db, `INSERT INTO loose (id, x, n, b) VALUES (?, ?, ?, ?)`, i, s, float64(i)*1e10+0.25, i%2 == 0)
		}
		mustRun(t, db, `INSERT INTO loose (id) VALUES (?)`, len(loose))
		type row struct {
			ID                 int64  `sql:"id"`
			Bool, NBool, BBool Bool   `sql:"-"`
			A                  Bool   `sql:"tpe_bool(x)"`
			B                  Bool   `sql:"tpe_bool(n)"`
			C                  Bool   `sql:"tpe_bool(b)"`
			D                  Number `sql:"tpe_num(x)"`
			E                  Number `sql:"tpe_num(n)"`
			F                  Number `sql:"tpe_num(b)"`
			G                  Number `sql:"tpe_time(x)"`
			H                  Number `sql:"tpe_time(n)"`
			I                  Text   `sql:"tpe_fold(x)"`
		}
		rows, err := all[row](ctx, db, `SELECT `+columns[row]("")+` FROM loose ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for i, r := range rows {
			line := fmt.Sprintf("%+v", r)
			list = append(list, line)
			if i == len(loose) {
				continue
			}
			// What the query says is what a scan of the column says.
			var b Bool
			var n Number
			var at Time
			_, _, _ = b.Scan(loose[i]), n.Scan(loose[i]), at.Scan(loose[i])
			if r.A != b || r.D != n || r.G.Valid != at.Valid || at.Valid && int64(r.G.Float) != at.Time.UnixMilli() {
				t.Errorf("%q: query %+v, scan %v %v %v", loose[i], r, b, n, at)
			}
		}
		results[t.Name()] = list
	})
	lite, pg := results[t.Name()+"/sqlite"], results[t.Name()+"/postgres"]
	for i := range min(len(lite), len(pg)) {
		if lite[i] != pg[i] {
			t.Errorf("row %d differs:\n%s\n%s", i, lite[i], pg[i])
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range loose {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, ok := parseTime(s)
		if !ok {
			return
		}
		back, ok := parseTime(Stamp(at))
		if !ok || back.Unix() != at.Unix() {
			t.Errorf("%q is %v, and that is %v", s, at, back)
		}
	})
}
