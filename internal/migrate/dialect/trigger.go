package dialect

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/sqltext"
)

// Trigger is a translated trigger: a function in PL/pgSQL and the statement
// that makes the trigger call it.
type Trigger struct {
	Name     string // in Postgres
	Function string
	Create   string
	Writes   []string // the tables, in SQLite's spelling, that the body writes to
	Table    string
}

// Trigger translates CREATE TRIGGER.
func (s *Schema) Trigger(sql string) (Trigger, error) {
	var t Trigger
	p, err := s.parser("", sql)
	if err != nil {
		return t, err
	}
	if err := p.expect("CREATE"); err != nil {
		return t, err
	}
	p.take("TEMP", "TEMPORARY")
	if err := p.expect("TRIGGER"); err != nil {
		return t, err
	}
	p.ifNotExists()
	t.Name = pgname.Relation(p.qualified())
	when := "BEFORE"
	switch {
	case p.take("BEFORE"):
	case p.take("AFTER"):
		when = "AFTER"
	case p.peek().Is("INSTEAD"):
		return t, fmt.Errorf("INSTEAD OF is not translated")
	}
	event := strings.ToUpper(p.next().Text)
	verb := event
	if event == "UPDATE" && p.take("OF") {
		event += " OF"
		for sep := " "; ; sep = ", " {
			event += sep + pgname.Quote(pgname.Column(p.next().Text))
			if !p.take(",") {
				break
			}
		}
	}
	if err := p.expect("ON"); err != nil {
		return t, err
	}
	r := s.relation(p.qualified())
	if r == nil {
		return t, fmt.Errorf("the table of the trigger is not there")
	}
	t.Table = r.Name
	if p.take("FOR") {
		p.take("EACH")
		p.take("ROW")
	}
	if verb != "DELETE" {
		p.scope.sources = append(p.scope.sources, source{alias: "NEW", relation: r, record: true})
	}
	if verb != "INSERT" {
		p.scope.sources = append(p.scope.sources, source{alias: "OLD", relation: r, record: true})
	}
	condition := ""
	if p.take("WHEN") {
		e, err := p.condition()
		if err != nil {
			return t, err
		}
		condition = "IF " + e.sql + " THEN\n"
	}
	if err := p.expect("BEGIN"); err != nil {
		return t, err
	}
	body := ""
	for !p.take("END") {
		statement, err := p.statement(&t)
		if err != nil {
			return t, err
		}
		if err := p.expect(";"); err != nil {
			return t, err
		}
		body += statement + ";\n"
	}
	if when == "BEFORE" && len(t.Writes) > 0 {
		return t, fmt.Errorf("a BEFORE trigger that writes to tables is not translated")
	}
	if condition != "" {
		body = condition + body + "END IF;\n"
	}
	if strings.Contains(body, "$body$") {
		return t, fmt.Errorf("the text of the trigger cannot be quoted")
	}
	row := "NEW"
	if verb == "DELETE" {
		row = "OLD"
	}
	quoted := pgname.Quote(t.Name)
	t.Function = fmt.Sprintf("CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n%sRETURN %s;\nEND\n$body$", quoted, body, row)
	t.Create = fmt.Sprintf("CREATE TRIGGER %s %s %s ON %s FOR EACH ROW", quoted, when, event, pgname.Quote(r.Target))
	for _, w := range t.Writes {
		if strings.EqualFold(w, r.Name) {
			// SQLite does not let a trigger fire itself, unless told to.
			t.Create += " WHEN (pg_trigger_depth() = 0)"
			break
		}
	}
	t.Create += " EXECUTE FUNCTION " + quoted + "()"
	return t, nil
}

// statement translates one statement of a trigger's body.
func (p *parser) statement(t *Trigger) (string, error) {
	records := p.scope
	defer func() { p.scope = records }()
	switch {
	case p.take("UPDATE"):
		return p.update(t)
	case p.take("DELETE"):
		if err := p.expect("FROM"); err != nil {
			return "", err
		}
		r, err := p.target(t)
		if err != nil {
			return "", err
		}
		where, err := p.where()
		return "DELETE FROM " + pgname.Quote(r.Target) + where, err
	case p.take("INSERT"):
		return p.insert(t)
	case p.peek().Is("SELECT"):
		return p.raise()
	}
	return "", fmt.Errorf("%s in a trigger is not translated", p.peek().Text)
}

// target reads the table that a statement writes to. Its columns are written
// after its name: the fields of NEW and OLD have names of their own.
func (p *parser) target(t *Trigger) (*Relation, error) {
	name := p.qualified()
	r := p.schema.relation(name)
	if r == nil {
		return nil, fmt.Errorf("there is no table %s", name)
	}
	t.Writes = append(t.Writes, r.Name)
	p.scope = &scope{sources: []source{{alias: r.Target, relation: r}}, outer: p.scope}
	return r, nil
}

func (p *parser) where() (string, error) {
	if !p.take("WHERE") {
		return "", nil
	}
	if sql := p.sameRow(); sql != "" {
		return " WHERE " + sql, nil
	}
	e, err := p.condition()
	return " WHERE " + e.sql, err
}

// sameRow reads rowid = NEW.rowid, up to the end of the statement, of a table
// that has a primary key but no column that is the rowid: the key names the
// same row. It reads nothing and returns "" where something else stands.
func (p *parser) sameRow() string {
	target := p.scope.sources[0]
	at := p.at
	name := func() (table string, ok bool) {
		if p.tokens[at+1].Is(".") {
			table = p.tokens[at].Text
			at += 2
		}
		at++
		return table, p.tokens[at-1].Named() && rowid(p.tokens[at-1].Text)
	}
	if len(p.tokens) < at+8 || len(target.relation.Key) == 0 || target.find("rowid") != nil {
		return ""
	}
	left, ok := name()
	if !ok || !p.tokens[at].Is("=", "==") {
		return ""
	}
	at++
	right, ok := name()
	if !ok || !p.tokens[at].Is(";") {
		return ""
	}
	if left != "" && !strings.EqualFold(left, target.alias) {
		left, right = right, left
	}
	if left != "" && !strings.EqualFold(left, target.alias) {
		return ""
	}
	for _, record := range p.scope.outer.sources {
		if strings.EqualFold(record.alias, right) && record.relation == target.relation {
			var parts []string
			for _, key := range target.relation.Key {
				parts = append(parts, fmt.Sprintf("%s.%s = %s.%s", pgname.Quote(target.alias), pgname.Quote(key), record.alias, pgname.Quote(key)))
			}
			p.at = at
			return strings.Join(parts, " AND ")
		}
	}
	return ""
}

func (p *parser) update(t *Trigger) (string, error) {
	if p.peek().Is("OR") {
		return "", fmt.Errorf("UPDATE OR is not translated")
	}
	r, err := p.target(t)
	if err != nil {
		return "", err
	}
	if err := p.expect("SET"); err != nil {
		return "", err
	}
	var sets []string
	for {
		col := source{relation: r}.find(p.next().Text)
		if col == nil {
			return "", fmt.Errorf("UPDATE sets a column that is not there")
		}
		if err := p.expect("="); err != nil {
			return "", err
		}
		p.typed = col.Type
		e, err := p.expr()
		p.typed = 0
		if err != nil {
			return "", err
		}
		if e, err = e.as(col.Type); err != nil {
			return "", err
		}
		sets = append(sets, pgname.Quote(col.Target)+" = "+e.sql)
		if !p.take(",") {
			break
		}
	}
	if p.peek().Is("FROM") {
		return "", fmt.Errorf("UPDATE FROM is not translated")
	}
	where, err := p.where()
	return "UPDATE " + pgname.Quote(r.Target) + " SET " + strings.Join(sets, ", ") + where, err
}

func (p *parser) insert(t *Trigger) (string, error) {
	conflict := ""
	if p.take("OR") {
		if !p.take("IGNORE") {
			return "", fmt.Errorf("INSERT OR %s is not translated", p.peek().Text)
		}
		conflict = " ON CONFLICT DO NOTHING"
	}
	if err := p.expect("INTO"); err != nil {
		return "", err
	}
	records := p.scope
	r, err := p.target(t)
	if err != nil {
		return "", err
	}
	p.scope = records // the values do not see the table's columns
	var cols []*RelationColumn
	var names []string
	if p.take("(") {
		for !p.take(")") {
			c := source{relation: r}.find(p.next().Text)
			if c == nil {
				return "", fmt.Errorf("INSERT names a column that is not there")
			}
			cols, names = append(cols, c), append(names, c.Target)
			p.take(",")
		}
	} else {
		for i := range r.Columns {
			cols, names = append(cols, &r.Columns[i]), append(names, r.Columns[i].Target)
		}
	}
	if err := p.expect("VALUES"); err != nil {
		return "", fmt.Errorf("INSERT of a query is not translated")
	}
	if err := p.expect("("); err != nil {
		return "", err
	}
	var values []string
	for i, c := range cols {
		if i > 0 {
			if err := p.expect(","); err != nil {
				return "", err
			}
		}
		p.typed = c.Type
		e, err := p.expr()
		p.typed = 0
		if err != nil {
			return "", err
		}
		if e, err = e.as(c.Type); err != nil {
			return "", err
		}
		values = append(values, e.sql)
	}
	if err := p.expect(")"); err != nil {
		return "", err
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)%s", pgname.Quote(r.Target), pgname.List(names), strings.Join(values, ", "), conflict), nil
}

// raise translates SELECT RAISE(ABORT, 'message') WHERE condition, and the
// same in CASE WHEN condition THEN RAISE(...) END.
func (p *parser) raise() (string, error) {
	p.at++
	condition := ""
	inCase := p.take("CASE")
	if inCase {
		if err := p.expect("WHEN"); err != nil {
			return "", err
		}
		e, err := p.condition()
		if err != nil {
			return "", err
		}
		condition = e.sql
		if err := p.expect("THEN"); err != nil {
			return "", err
		}
	}
	if !p.take("RAISE") || !p.take("(") || !p.take("ABORT", "FAIL", "ROLLBACK") || !p.take(",") {
		return "", fmt.Errorf("SELECT in a trigger is translated for RAISE only")
	}
	message := p.next()
	if message.Kind != sqltext.Text {
		return "", fmt.Errorf("RAISE takes its message as a text")
	}
	if err := p.expect(")"); err != nil {
		return "", err
	}
	if inCase {
		if err := p.expect("END"); err != nil {
			return "", err
		}
	} else if p.take("WHERE") {
		e, err := p.condition()
		if err != nil {
			return "", err
		}
		condition = e.sql
	}
	raise := "RAISE EXCEPTION '%', " + pgname.Text(message.Text) + " USING ERRCODE = 'integrity_constraint_violation'"
	if condition != "" {
		return "IF " + condition + " THEN " + raise + "; END IF", nil
	}
	return raise, nil
}
