package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Persons finds and forgets persons in the database. A contractor goes with
// what belongs to it, see DeleteContractor; so do accounts with what they
// asked the coach, what stakeholders said, invitations, messages that wait to
// be sent and records on their way to the lake that are the person's. Answers
// to surveys, deals and campaigns stay without the person. Reports on partners
// of whom the person has spoken keep the score alone. Everything else that
// mentions the person, in any text of any table, stays without the mention.
type Persons struct{ DB *DB }

// owners says which column of a table tells whose a row is.
var owners = map[string]string{
	"admin_users":                 "email",
	"invitations":                 "email",
	"login_attempts":              "subject",
	"partner_customer_references": "customer_email",
	"partner_employee_feedback":   "employee_email",
	"partner_users":               "email",
	"sms_subscriptions":           "phone_number",
}

// Identify returns the person with the ids that the database knows beside
// those given: the id, address and number of the contractor that has one of
// them, or the address of the account when the role is another, and the
// records of what the person said as a stakeholder. Of a number that several
// contractors share nothing is taken.
func (p Persons) Identify(ctx context.Context, who person.Person) (person.Person, error) {
	who, err := p.known(ctx, who)
	if err != nil {
		return who, err
	}
	said, err := p.said(ctx, who)
	return person.New(who.Role, append(slices.Clone(who.IDs), said...)...), err
}

// said returns the ids of the records of the person's answers as a stakeholder,
// and of the requests that brought those and answers to surveys: the records
// themselves do not tell whose they are.
func (p Persons) said(ctx context.Context, who person.Person) (ids []person.ID, err error) {
	match := person.NewMatcher(who)
	for _, t := range answerTables {
		list, err := all[struct {
			InteractionID string `json:"interaction_id"`
			CallID        string `json:"call_id"`
			Email         string `json:"email"`
		}](ctx, p.DB, `SELECT COALESCE(interaction_id, ''), COALESCE(call_id, ''), `+t.email+` FROM `+t.table+` WHERE `+t.email+` <> ''`)
		if err != nil {
			return nil, fmt.Errorf("look for answers: %w", err)
		}
		for _, a := range list {
			if !match.Text([]byte(a.Email)) { // as the row goes
				continue
			}
			for _, record := range []string{a.InteractionID, a.CallID} {
				if id, err := person.ParseID(person.Record, record); err == nil {
					ids = append(ids, id)
				}
			}
		}
	}
	contractors, err := p.contractors(ctx, p.DB, who)
	if err != nil {
		return nil, err
	}
	for _, c := range contractors {
		calls, err := all[struct {
			ID string `json:"call_id"`
		}](ctx, p.DB, `SELECT call_id FROM feedback_responses WHERE contractor_id = ? AND call_id IS NOT NULL`, c.ID)
		if err != nil {
			return nil, fmt.Errorf("look for answers to surveys: %w", err)
		}
		for _, call := range calls {
			if id, err := person.ParseID(person.Record, call.ID); err == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}

// known is Identify without the records.
func (p Persons) known(ctx context.Context, who person.Person) (person.Person, error) {
	if who.Role != "" && who.Role != tpe.UserContractor {
		accounts, err := p.accounts(ctx, p.DB, who)
		ids := slices.Clone(who.IDs)
		for _, a := range accounts {
			if id, err := person.ParseID(person.Email, a.Email); err == nil && a.Role == who.Role {
				ids = append(ids, id)
			}
		}
		return person.New(who.Role, ids...), err
	}
	found, err := p.contractors(ctx, p.DB, who)
	if err != nil || len(found) != 1 {
		return who, err
	}
	ids := append(slices.Clone(who.IDs), found[0].ids()...)
	return person.New(tpe.UserContractor, ids...), nil
}

// contractorRow is what tells which contractor somebody is.
type contractorRow struct {
	ID    int64  `json:"id"`
	Email string `json:"email" sql:"COALESCE(email, '')"`
	Phone string `json:"phone" sql:"COALESCE(phone, '')"`
}

// ids returns the ids of a contractor, as far as they can be read.
func (c *contractorRow) ids() (ids []person.ID) {
	for kind, text := range map[person.Kind]string{person.User: strconv.FormatInt(c.ID, 10), person.Email: c.Email, person.Phone: c.Phone} {
		if id, err := person.ParseID(kind, text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// contractors returns the contractors that have one of the person's ids.
func (p Persons) contractors(ctx context.Context, c Conn, who person.Person) ([]contractorRow, error) {
	if who.Role != "" && who.Role != tpe.UserContractor {
		return nil, nil
	}
	list, err := all[contractorRow](ctx, c, `SELECT id, COALESCE(email, ''), COALESCE(phone, '') FROM contractors ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("look for contractors: %w", err)
	}
	return slices.DeleteFunc(list, func(c contractorRow) bool {
		return !slices.ContainsFunc(c.ids(), func(id person.ID) bool { return slices.Contains(who.IDs, id) })
	}), nil
}

// accountRow is an account of a user who is no contractor.
type accountRow struct {
	Role  string `json:"role"`
	ID    int64  `json:"id"`
	Email string `json:"email"`
}

// accounts returns the accounts with an address of the person's, or with an
// id when its role is named.
func (p Persons) accounts(ctx context.Context, c Conn, who person.Person) ([]accountRow, error) {
	var out []accountRow
	for _, kind := range []struct{ role, table string }{{tpe.UserAdmin, "admin_users"}, {tpe.UserPartner, "partner_users"}} {
		list, err := all[accountRow](ctx, c, `SELECT '`+kind.role+`', id, COALESCE(email, '') FROM `+kind.table+` ORDER BY id`)
		if err != nil {
			return nil, fmt.Errorf("look for accounts: %w", err)
		}
		for _, a := range list {
			mail, err := person.ParseID(person.Email, a.Email)
			has := err == nil && slices.Contains(who.IDs, mail)
			if user, err := person.ParseID(person.User, strconv.FormatInt(a.ID, 10)); err == nil && who.Role == kind.role {
				has = has || slices.Contains(who.IDs, user)
			}
			if has {
				out = append(out, a)
			}
		}
	}
	return out, nil
}

// Name names the place in reports.
func (Persons) Name() string { return "database" }

// Look counts the rows that have something of the person.
func (p Persons) Look(ctx context.Context, who person.Person, each func(string)) (person.Found, error) {
	w := newForget(who, each, false)
	err := w.run(ctx, p, p.DB)
	return w.found, err
}

// Erase takes the person out, in one transaction, and then out of what SQLite's
// file keeps of rows that are no more.
func (p Persons) Erase(ctx context.Context, who person.Person, each func(string)) (found person.Found, err error) {
	_, err = p.DB.Tx(ctx, func(tx *Tx) error {
		w := newForget(who, each, true)
		err := w.run(ctx, p, tx)
		found = w.found
		return err
	})
	if err == nil {
		err = p.DB.rewrite(ctx)
	}
	return found, err
}

// forget is one look through all tables.
type forget struct {
	who    person.Person
	match  *person.Matcher
	each   func(string)
	change bool
	found  person.Found
	tape   tape.Tape
	// partners are those of whom the person has spoken.
	partners []int64
}

func newForget(who person.Person, each func(string), change bool) *forget {
	return &forget{who: who, match: person.NewMatcher(who), each: each, change: change, found: person.Found{Parts: map[string]uint64{}}}
}

func (w *forget) note(table string, own bool) {
	if w.found.Parts[table] == 0 {
		w.each(table)
	}
	w.found.Parts[table]++
	if own {
		w.found.Records++
	} else {
		w.found.Redacted++
	}
}

func (w *forget) run(ctx context.Context, p Persons, c Conn) error {
	contractors, err := p.contractors(ctx, c, w.who)
	if err != nil {
		return err
	}
	for _, row := range contractors {
		w.note("contractors", true)
		if err := w.belongings(ctx, c, row); err != nil {
			return err
		}
		tx, ok := c.(*Tx)
		if !w.change || !ok {
			continue
		}
		if _, err := run(ctx, c, `UPDATE feedback_responses SET ip_address = NULL, user_agent = NULL, call_id = NULL WHERE contractor_id = ?`, row.ID); err != nil {
			return err
		}
		if err := DeleteContractor(ctx, tx, row.ID); err != nil {
			return err
		}
	}
	accounts, err := p.accounts(ctx, c, w.who)
	if err != nil {
		return err
	}
	for _, row := range contractors {
		accounts = append(accounts, accountRow{Role: tpe.UserContractor, ID: row.ID})
	}
	for _, a := range accounts {
		if err := w.account(ctx, c, a); err != nil {
			return err
		}
	}
	tables, err := w.tables(ctx, c)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := w.table(ctx, c, table, contractors); err != nil {
			return fmt.Errorf("erase from table %s: %w", table, err)
		}
	}
	return w.reports(ctx, c)
}

// belongings counts the rows that go with a contractor, or lose it.
func (w *forget) belongings(ctx context.Context, c Conn, row contractorRow) error {
	for _, table := range ofContractor {
		n, _, err := value[int64](ctx, c, `SELECT count(*) FROM `+table.name+` WHERE contractor_id = ?`, row.ID)
		if err != nil {
			return fmt.Errorf("look into %s: %w", table.name, engine(err))
		}
		for range n {
			w.note(table.name, !table.stays)
		}
	}
	return nil
}

// account takes out what an account has done under its id alone.
func (w *forget) account(ctx context.Context, c Conn, a accountRow) error {
	id := strconv.FormatInt(a.ID, 10)
	for _, left := range []struct {
		table, where string
		args         []any
	}{
		{"ai_coach_conversations", `contractor_id IS NULL AND user_type = ? AND user_id = ?`, []any{a.Role, id}},
		{"idempotency_keys", `scope = ?`, []any{a.Role + " " + id}},
		{"account_tokens", `role = ? AND account_id = ?`, []any{a.Role, a.ID}},
	} {
		n, _, err := value[int64](ctx, c, `SELECT count(*) FROM `+left.table+` WHERE `+left.where, left.args...)
		if err != nil {
			return fmt.Errorf("look into %s: %w", left.table, engine(err))
		}
		for range n {
			w.note(left.table, true)
		}
		if !w.change || n == 0 {
			continue
		}
		if _, err := run(ctx, c, `DELETE FROM `+left.table+` WHERE `+left.where, left.args...); err != nil {
			return fmt.Errorf("erase from %s: %w", left.table, err)
		}
	}
	return nil
}

// tables lists the tables of the database.
func (w *forget) tables(ctx context.Context, c Conn) ([]string, error) {
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
	if c.db().postgres {
		query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
	}
	rows, err := c.query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", engine(err))
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		if !strings.HasPrefix(name, "goose") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, engine(rows.Err())
}

// edit is what is to be done with one row.
type edit struct {
	row string // what the engine calls the row
	id  int64  // of an account, else 0
	// contractor is whose row it is, of a table of contractors or of what
	// belongs to them.
	contractor int64
	leads      int64 // to a partner, see spoken
	remove     bool
	names      []string
	texts      []any
}

// table looks at every text of a table. The rows that are concerned are
// remembered and changed afterwards.
func (w *forget) table(ctx context.Context, c Conn, table string, contractors []contractorRow) error {
	edits, err := w.look(ctx, c, table, contractors)
	if err != nil {
		return err
	}
	if spoken[table] != "" {
		for _, e := range edits {
			if err := w.heard(ctx, c, table, e.leads); err != nil {
				return err
			}
		}
	}
	if !w.change || table == reportsTable {
		return nil
	}
	name, where := quoteName(table), ` WHERE rowid = ?`
	if c.db().postgres {
		where = ` WHERE ctid = CAST(? AS tid)`
	}
	for _, e := range edits {
		if e.remove && table == "admin_users" {
			for _, statement := range []string{`UPDATE sms_campaigns SET created_by = NULL WHERE created_by = ?`, `UPDATE powerconfidence_history SET calculated_by = NULL WHERE calculated_by = ?`} {
				if _, err := run(ctx, c, statement, e.id); err != nil {
					return err
				}
			}
		}
		statement, args := `DELETE FROM `+name+where, []any{e.row}
		if !e.remove {
			sets := make([]string, len(e.names))
			for i, n := range e.names {
				sets[i] = quoteName(n) + ` = ?`
			}
			statement, args = `UPDATE `+name+` SET `+strings.Join(sets, ", ")+where, append(e.texts, e.row)
		}
		if _, err := run(ctx, c, statement, args...); err != nil {
			return err
		}
	}
	return nil
}

// look finds the rows of a table that are concerned.
func (w *forget) look(ctx context.Context, c Conn, table string, contractors []contractorRow) (edits []edit, err error) {
	key := `CAST(rowid AS TEXT)`
	if c.db().postgres {
		key = `CAST(ctid AS text)`
	}
	rows, err := c.query(ctx, `SELECT `+key+`, t.* FROM `+quoteName(table)+` t`)
	if err != nil {
		return nil, engine(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		e := edit{row: textValue(values[0])}
		for i := 1; i < len(columns); i++ {
			w.column(&e, table, columns[i], values[i])
		}
		if slices.ContainsFunc(contractors, func(c contractorRow) bool { return e.contractor != 0 && c.ID == e.contractor }) {
			continue // counted, and deleted with what belongs to it
		}
		if e.remove || len(e.names) > 0 {
			if table != reportsTable { // counted with the other reports on the partner
				w.note(table, e.remove)
			}
			edits = append(edits, e)
		}
	}
	return edits, engine(rows.Err())
}

// column notes what a value asks for.
func (w *forget) column(e *edit, table, column string, value any) {
	if n, ok := value.(int64); ok {
		if column == "id" {
			e.id = n
		}
		if column == "id" && table == "contractors" || column == "contractor_id" && goesWithContractor(table) {
			e.contractor = n
		}
		if column == spoken[table] {
			e.leads = n
		}
	}
	text := textValue(value)
	if text == "" {
		return
	}
	if out, belongs, changed := w.without(text); changed {
		e.names, e.texts = append(e.names, column), append(e.texts, out)
		e.remove = e.remove || owners[table] == column || table == "idempotency_keys" || table == "jobs" || table == "outbox" && belongs
	}
}

// without returns a text without the person, and whether it is a record of
// the person. JSON stays JSON.
func (w *forget) without(text string) (out string, belongs, changed bool) {
	if c := text[0]; (c == '{' || c == '[') && w.tape.Parse([]byte(text)) == nil {
		v := w.match.Judge(&w.tape)
		if v == person.Untouched {
			return text, false, false
		}
		return string(w.match.AppendWithout(nil, &w.tape)), v == person.Belongs, true
	}
	if !w.match.Text([]byte(text)) {
		return text, false, false
	}
	return string(w.match.AppendTextWithout(nil, []byte(text))), false, true
}

// textValue returns a value that is a text.
func textValue(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case sql.RawBytes:
		return string(v)
	}
	return ""
}

// quoteName writes a name of the catalogue as SQL.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
