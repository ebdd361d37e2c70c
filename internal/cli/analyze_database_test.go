package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/sqldb"
)

// analyzed runs tpe analyze consistency on a database.
func analyzed(t *testing.T, database string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := OS()
	env.Args, env.Stdout, env.Stderr = append([]string{"analyze", "consistency"}, args...), &out, &errs
	env.Dir = t.TempDir()
	env.Environ = []string{"DATABASE_URL=sqlite:" + database, "LAKE_DIR=" + filepath.Join(env.Dir, "lake")}
	status = Main(env)
	return status, out.String(), errs.String()
}

func TestAnalyzeDatabase(t *testing.T) {
	ctx := context.Background()
	database := filepath.Join(t.TempDir(), "tpe.db")
	db, err := sqldb.Open(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := analyzed(t, database, "--all"); status != 4 || !strings.Contains(stderr, "no partner in the database") {
		t.Error(status, stderr)
	}
	catalogue, err := consistency.DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(tx *sqldb.Tx) error) {
		t.Helper()
		if _, err := db.Tx(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	answer := func(tx *sqldb.Tx, kind sqldb.Stakeholder, partner int64, words string) error {
		_, err := sqldb.AddAnswer(ctx, tx, kind, sqldb.Answer{Person: sqldb.Person{Name: words, Email: fmt.Sprintf("kim.rowan%d@x.example", len(words))}, Partner: partner, Data: fmt.Sprintf(`{"comment":%q}`, words)})
		return err
	}
	change(func(tx *sqldb.Tx) error {
		for _, name := range []string{"Ridge Example", "Silent Example"} {
			if _, err := sqldb.AddPartner(ctx, tx, []sqldb.Set{{Column: "company_name", Value: name}, {Column: "contact_email", Value: "a@x.example"},
				{Column: "value_proposition", Value: "We answer every call within one hour. There are no setup fees."}}); err != nil {
				return err
			}
		}
		for _, words := range []string{"It took them three days to call back.", "I waited four days for an answer to my call."} {
			if err := answer(tx, sqldb.Customer, 1, words); err != nil {
				return err
			}
		}
		return answer(tx, sqldb.Employee, 1, "Calls are answered after three days most weeks.")
	})
	// The last stored report is of all that has been said until now.
	texts, err := sqldb.StakeholderTexts(ctx, db, 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := texts.Documents; len(d) != 4 || d[1].Group != consistency.Employees || !strings.HasPrefix(d[1].Email, "kim.rowan") {
		t.Error(d)
	}
	before := consistency.New(catalogue, consistency.Options{}).Analyze(texts)
	change(func(tx *sqldb.Tx) error {
		if _, err := sqldb.StoreAnalysis(ctx, tx, 1, before, ""); err != nil {
			return err
		}
		return answer(tx, sqldb.Customer, 1, "They charged a setup fee of $900, which was a surprise.")
	})

	status, stdout, stderr := analyzed(t, database, "--all", "--json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if status != 0 || len(lines) != 2 {
		t.Fatal(status, stdout, stderr)
	}
	var first struct {
		PartnerID string `json:"partner_id"`
		Score     *float64
		Drift     *struct {
			Since    string
			Change   *float64 `json:"score_change"`
			Appeared []string
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if first.PartnerID != "1" || first.Score == nil || first.Drift == nil || len(first.Drift.Appeared) != 1 || *first.Drift.Change >= 0 {
		t.Error(lines[0])
	}
	if !strings.Contains(lines[1], `"partner_id":"2"`) || strings.Contains(lines[1], `"drift"`) {
		t.Error(lines[1])
	}
	if status, stdout, _ := analyzed(t, database, "--partner", "1"); status != 0 || !strings.Contains(stdout, "\nSince 2") || !strings.Contains(stdout, "new: ") {
		t.Error(status, stdout)
	}
	if status, stdout, stderr := analyzed(t, database, "--partner", "01"); status != 0 || !strings.Contains(stdout, "Ridge Example") {
		t.Error(status, stdout, stderr)
	}
	missing := filepath.Join(t.TempDir(), "none.db")
	if status, _, stderr := analyzed(t, missing, "--all"); status != 4 || !strings.Contains(stderr, "none.db") {
		t.Error(status, stderr)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a database was made to look into it")
	}
	for args, want := range map[string]int{"--partner=1 --min-score=1": 0, "--partner=1 --min-score=NaN": 2, "--partner=1 --min-score=Inf": 2, "--partner=2 --min-score=1": 3, "--partner=1 --file=": 2, "--partner=99": 4, "--partner=ridge": 2, "--all --identify": 2, "--partner=1 --all": 2, "": 2} {
		if status, _, stderr := analyzed(t, database, strings.Fields(args)...); status != want {
			t.Error(args, status, stderr)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
