package sqldb

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tpe"
)

// A person is found by one id and gone by all, from every table.
func TestPersons(t *testing.T) {
	both(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		for _, q := range []string{
			`INSERT INTO contractors (id, name, email, phone, company_name) VALUES (136, 'Dana', 'Dana@Whitfield.example', '(555) 200-1000', 'W')`,
			`INSERT INTO contractors (id, name, email, phone, company_name) VALUES (137, 'Eve', 'eve@x.example', '(555) 200-2000', 'referred by dana@whitfield.example')`,
			`INSERT INTO strategic_partners (id, company_name, contact_email, contact_phone) VALUES (136, 'P', 'dana@whitfield.example', '5552001000')`,
			`INSERT INTO contractor_partner_matches (contractor_id, partner_id) VALUES (136, 136)`,
			`INSERT INTO contractor_partner_matches (contractor_id, partner_id) VALUES (137, 136)`,
			`INSERT INTO sms_subscriptions (contractor_id, phone_number) VALUES (136, '555-200-1000')`,
			`INSERT INTO partner_leads (partner_id, contractor_id, stage) VALUES (136, 136, 'call dana@whitfield.example')`,
			`INSERT INTO admin_users (id, email, password_hash, full_name) VALUES (5, 'dana@whitfield.example', 'h', 'Dana')`,
			`INSERT INTO account_tokens (role, account_id, generation) VALUES ('admin', 5, 2)`,
			`INSERT INTO idempotency_keys (scope, idempotency_key, request_hash, expires_ms) VALUES ('contractor 136', 'k', 'h', 1), ('contractor 137', 'k', 'h', 1), ('admin 5', 'k', 'h', 1)`,
			`INSERT INTO ai_coach_conversations (contractor_id, user_type, user_id, message_type, content) VALUES (136, 'admin', '9', 'user', 'a'), (NULL, 'admin', '5', 'user', 'b'), (NULL, 'partner', '5', 'user', 'c'), (137, 'admin', '5', 'user', 'd')`,
			`INSERT INTO feedback_surveys (id, partner_id, contractor_id, survey_type, status) VALUES (1, 136, 136, 'q', 'responded')`,
			`INSERT INTO feedback_responses (survey_id, partner_id, contractor_id, overall_satisfaction, ip_address, user_agent) VALUES (1, 136, 136, 9, '203.0.113.9', 'browser')`,
			`INSERT INTO jobs (kind, subject_id, payload) VALUES ('campaign_sms', 1, '{"to":"(555) 200-1000","text":"Hi"}'), ('campaign_sms', 1, '{"to":"5552002000","text":"Hi"}')`,
			`INSERT INTO sms_campaigns (campaign_name, message_template, created_by) VALUES ('c', 'm', 5)`,
			`INSERT INTO login_attempts (kind, subject, failures, since_ms) VALUES ('login', 'dana@whitfield.example', 1, 1)`,
			`INSERT INTO outbox (interaction_id, record, created_ms) VALUES ('a', '{"user_id":"136","user_type":"contractor"}', 1)`,
			`INSERT INTO outbox (interaction_id, record, created_ms) VALUES ('b', '{"user_id":"9","n":5552001000}', 1)`,
			`INSERT INTO outbox (interaction_id, record, created_ms) VALUES ('c', '{"user_id":"9"}', 1)`,
		} {
			mustRun(t, db, q)
		}
		phone, err := person.ParseID(person.Phone, "555-200-1000")
		if err != nil {
			t.Fatal(err)
		}
		p := Persons{DB: db}
		who, err := p.Identify(ctx, person.New("", phone))
		if err != nil || len(who.IDs) != 3 || who.Role != tpe.UserContractor {
			t.Fatalf("%+v, %v", who, err)
		}
		found, err := p.Look(ctx, who, func(string) {})
		if err != nil || found.Records != 13 || found.Redacted != 5 {
			t.Errorf("%+v, %v", found, err)
		}
		// What goes with the contractor counts once, whatever stands in it.
		for table, want := range map[string]uint64{
			"contractors": 2, "contractor_partner_matches": 1, "ai_coach_conversations": 2, "partner_leads": 1, "sms_subscriptions": 1, "feedback_surveys": 1, "feedback_responses": 1,
		} {
			if found.Parts[table] != want {
				t.Errorf("%d of %s, want %d", found.Parts[table], table, want)
			}
		}
		if _, err := p.Erase(ctx, who, func(string) {}); err != nil {
			t.Fatal(err)
		}
		if found, err := p.Look(ctx, who, func(string) {}); err != nil || !found.Empty() {
			t.Errorf("%+v, %v", found, err)
		}
		for query, want := range map[string]int64{
			`SELECT count(*) FROM contractors`:                1,
			`SELECT count(*) FROM contractor_partner_matches`: 1,
			`SELECT count(*) FROM strategic_partners`:         1,
			`SELECT count(*) FROM admin_users`:                0,
			`SELECT count(*) FROM sms_campaigns`:              1,
			`SELECT count(*) FROM jobs`:                       1,
			`SELECT count(*) FROM account_tokens`:             0,
			`SELECT count(*) FROM idempotency_keys`:           1,
			`SELECT count(*) FROM ai_coach_conversations`:     2,
			`SELECT count(*) FROM feedback_responses`:         1,
			`SELECT count(*) FROM feedback_responses WHERE ip_address IS NULL AND user_agent IS NULL AND contractor_id IS NULL`: 1,
			`SELECT count(*) FROM outbox`:                              2,
			`SELECT count(*) FROM outbox WHERE record LIKE '%erased%'`: 1,
		} {
			if n, _, err := value[int64](ctx, db, query); err != nil || n != want {
				t.Errorf("%s: %d, %v", query, n, err)
			}
		}
		// An account by its id.
		mustRun(t, db, `INSERT INTO admin_users (id, email, password_hash, full_name) VALUES (6, 'gil@x.example', 'h', 'Gil')`)
		user, err := person.ParseID(person.User, "6")
		if err != nil {
			t.Fatal(err)
		}
		admin, err := p.Identify(ctx, person.New(tpe.UserAdmin, user))
		if err != nil || len(admin.IDs) != 2 {
			t.Fatalf("%+v, %v", admin, err)
		}
		if _, err := p.Erase(ctx, admin, func(string) {}); err != nil {
			t.Fatal(err)
		}
		if n, _, err := value[int64](ctx, db, `SELECT count(*) FROM admin_users`); err != nil || n != 0 {
			t.Error(n, err)
		}
		text, _, err := value[string](ctx, db, `SELECT company_name FROM contractors`)
		if err != nil || text != "referred by "+person.Mark {
			t.Errorf("%q, %v", text, err)
		}
		if text, _, err := value[string](ctx, db, `SELECT contact_email FROM strategic_partners`); err != nil || strings.Contains(text, "dana") {
			t.Errorf("%q, %v", text, err)
		}
	})
}

// Nothing of the person can be read in SQLite's files: not in free places, not
// in the log of changes, and not of rows that went before. A server has the
// database open.
func TestPersonsLeaveNoBytes(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tpe.db")
	db, server := open(t, path), open(t, path)
	mustRun(t, server, `PRAGMA secure_delete = OFF`) // the file of an earlier version
	for i := range 60 {
		mail, phone := fmt.Sprintf("erin%d@x.example", i%3), fmt.Sprintf("(555) 200-100%d", i%3)
		mustRun(t, server, `INSERT INTO contractors (name, email, phone, company_name) VALUES ('Erin', ?, ?, ?)`, fmt.Sprint(i)+mail, phone, strings.Repeat("W", 40*i))
		mustRun(t, server, `INSERT INTO login_attempts (kind, subject, failures, since_ms) VALUES (?, ?, 1, 1)`, i, mail)
		mustRun(t, server, `INSERT INTO jobs (kind, subject_id, payload) VALUES ('k', 1, ?)`, fmt.Sprintf(`{"to":%q,"mail":%q,"text":%q}`, phone, mail, strings.Repeat("w", 100*i)))
	}
	mustRun(t, server, `DELETE FROM jobs WHERE id % 2 = 0`)
	mustRun(t, server, `DELETE FROM contractors WHERE id % 2 = 0`)
	mail, err := person.ParseID(person.Email, "erin1@x.example")
	if err != nil {
		t.Fatal(err)
	}
	phone, err := person.ParseID(person.Phone, "5552001001")
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, server, `DELETE FROM contractors WHERE email LIKE '%erin1@x.example'`) // by hand, before
	if _, err := (Persons{DB: db}).Erase(ctx, person.New("", mail, phone), func(string) {}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range []string{"erin1@x", "200-1001"} {
			if n := bytes.Count(b, []byte(gone)); n > 0 {
				t.Errorf("%s has %q %d times", filepath.Base(name), gone, n)
			}
		}
	}
	var n int
	if err := server.read.QueryRowContext(ctx, `SELECT count(*) FROM login_attempts`).Scan(&n); err != nil || n != 40 {
		t.Error(n, err)
	}
}

// The records of what the person said as a stakeholder are the person's,
// whatever the role.
func TestPersonsSaid(t *testing.T) {
	both(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		for _, q := range []string{
			`INSERT INTO contractors (id, name, email, phone, company_name) VALUES (136, 'Bo', 'e0@x.example', '(555) 200-1000', 'W')`,
			`INSERT INTO strategic_partners (id, company_name, contact_email) VALUES (1, 'P', '')`,
			`INSERT INTO partner_users (id, partner_id, email, password_hash) VALUES (8, 1, 'e0@x.example', 'h')`,
			`INSERT INTO partner_employee_feedback (partner_id, employee_email, feedback_data, interaction_id) VALUES (1, 'e0@x.example', '{}', 'mine'), (1, 'e1@x.example', '{"comment":"ask e0@x.example"}', 'another'), (1, 'e0@x.example', '{}', NULL), (1, NULL, '{}', 'nobody')`,
			`INSERT INTO partner_customer_references (partner_id, customer_email, reference_data, interaction_id, call_id) VALUES (1, 'E0@x.example', '{}', 'mine too', 'my call'), (1, 'e1@x.example', '{}', NULL, 'another call')`,
			`INSERT INTO feedback_responses (contractor_id, overall_satisfaction, call_id) VALUES (136, 7, 'my survey'), (136, 7, NULL), (NULL, 7, 'another survey')`,
			`INSERT INTO outbox (interaction_id, record, created_ms) VALUES ('mine', '{"interaction_id":"mine","user_id":"5","user_type":"admin"}', 1), ('another', '{"interaction_id":"another","user_id":"5"}', 1)`,
		} {
			mustRun(t, db, q)
		}
		p := Persons{DB: db}
		for _, test := range []struct {
			role string
			kind person.Kind
			id   string
		}{{"", person.Email, "e0@x.example"}, {"", person.Phone, "5552001000"}, {tpe.UserContractor, person.User, "136"}, {tpe.UserPartner, person.User, "8"}, {tpe.UserAdmin, person.Email, "e0@x.example"}} {
			id, err := person.ParseID(test.kind, test.id)
			if err != nil {
				t.Fatal(err)
			}
			who, err := p.Identify(ctx, person.New(test.role, id))
			var got []string
			for _, id := range who.IDs {
				if id.Kind == person.Record {
					got = append(got, id.Text)
				}
			}
			want := []string{"mine", "mine too", "my call"}
			if test.role == "" || test.role == tpe.UserContractor {
				want = append(want, "my survey")
			}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v: %v, %v", test, got, err)
			}
			if test.role == tpe.UserAdmin { // the last
				if _, err := p.Erase(ctx, who, func(string) {}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n, _, err := value[int64](ctx, db, `SELECT count(*) FROM outbox`); err != nil || n != 1 {
			t.Error(n, err)
		}
	})
}

// No report keeps the words of a person who is erased: not of an employee, a
// customer or a demo, in no row of the history, and in no kept answer.
func TestPersonsInReports(t *testing.T) {
	both(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		for _, q := range []string{
			`INSERT INTO strategic_partners (id, company_name, contact_email) VALUES (1, 'P', ''), (2, 'Q', ''), (3, 'R', ''), (4, 'S', '')`,
			`INSERT INTO partner_employee_feedback (partner_id, employee_name, employee_email, feedback_data) VALUES (1, 'Bo', 'e0@x.example', '{"comment":"Bo here, it takes us two weeks."}')`,
			`INSERT INTO partner_customer_references (partner_id, customer_email, reference_data) VALUES (2, 'e0@x.example', '{"comment":"Bo here."}')`,
			`INSERT INTO demo_uploads (id, partner_id, file_name, storage, storage_key) VALUES (1, 3, 'f', 's', 'k')`,
			`INSERT INTO demo_transcripts (id, upload_id, source) VALUES (7, 1, 's')`,
			`INSERT INTO demo_turns (transcript_id, turn_index, content) VALUES (7, 0, 'Bo here, write to e0@x.example')`,
		} {
			mustRun(t, db, q)
		}
		score := 81.5
		report := &consistency.Report{Score: &score, Notes: []string{"Bo here"}, Discrepancies: []consistency.Discrepancy{{Title: "Bo here"}}}
		for _, partner := range []int64{1, 1, 2, 3, 4} {
			if _, err := db.Tx(ctx, func(tx *Tx) error {
				_, err := StoreAnalysis(ctx, tx, partner, report, "")
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		mustRun(t, db, `INSERT INTO partner_message_consistency (partner_id, analysis_data) VALUES (1, '["Bo here"]')`)
		for partner, key := range map[int]string{1: "a", 4: "d"} {
			mustRun(t, db, `INSERT INTO idempotency_keys (scope, idempotency_key, request_hash, expires_ms, body) VALUES ('admin 5', ?, 'h', 1, ?)`,
				key, fmt.Sprintf(`{"analysis":{"partner_id":%d,"report":{"notes":["Bo here"]}}}`, partner))
		}
		mail, err := person.ParseID(person.Email, "e0@x.example")
		if err != nil {
			t.Fatal(err)
		}
		p, who := Persons{DB: db}, person.New("", mail)
		planned, err := p.Look(ctx, who, func(string) {})
		if err != nil || planned.Parts["partner_message_consistency"] != 5 || planned.Parts["idempotency_keys"] != 1 {
			t.Errorf("%+v, %v", planned, err)
		}
		done, err := p.Erase(ctx, who, func(string) {})
		if err != nil || !reflect.DeepEqual(done, planned) {
			t.Errorf("%+v, %v", done, err)
		}
		if left, err := p.Look(ctx, who, func(string) {}); err != nil || !left.Empty() {
			t.Errorf("%+v, %v", left, err)
		}
		for query, want := range map[string]int64{
			`SELECT count(*) FROM partner_message_consistency WHERE CAST(analysis_data AS TEXT) LIKE '%Bo here%' OR CAST(discrepancies AS TEXT) LIKE '%Bo here%'`: 1, // of partner 4
			`SELECT count(*) FROM partner_message_consistency WHERE consistency_score = 81.5 AND CAST(analysis_data AS TEXT) LIKE '%81.5%'`:                       5,
			`SELECT count(*) FROM idempotency_keys WHERE body LIKE '%Bo here%'`:                                                                                   1,
		} {
			if n, _, err := value[int64](ctx, db, query); err != nil || n != want {
				t.Errorf("%s: %d, %v", query, n, err)
			}
		}
	})
}
