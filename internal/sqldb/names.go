package sqldb

import (
	"context"
	"fmt"
	"strings"
)

// Names are what the persons in the database are called.
type Names struct {
	// Full are the full names of everybody.
	Full []string
	of   map[string][]string
}

// Of returns what the users with an id are called: their names, the parts of
// them, and their companies.
func (n Names) Of(user string) []string { return n.of[user] }

// mostParts is how many parts the name of a person has; a longer text is
// something else.
const mostParts = 4

// calledRow is a person with what it is called.
type calledRow struct {
	ID      int64 `json:"id"`
	Name    Text  `json:"name"`
	Company Text  `json:"company"`
}

// ReadNames reads the names of contractors, of users, and of those who speak
// for a partner or about it.
func ReadNames(ctx context.Context, c Conn) (Names, error) {
	n := Names{of: map[string][]string{}}
	for _, query := range []string{
		`SELECT id, name, company_name FROM contractors ORDER BY id`,
		`SELECT id, full_name, NULL FROM admin_users ORDER BY id`,
		`SELECT id, COALESCE(first_name, '') || ' ' || COALESCE(last_name, ''), NULL FROM partner_users ORDER BY id`,
	} {
		rows, err := all[calledRow](ctx, c, query)
		if err != nil {
			return n, fmt.Errorf("read names: %w", err)
		}
		for _, r := range rows {
			id := fmt.Sprint(r.ID)
			n.of[id] = append(n.of[id], r.Name.String, r.Company.String)
			if parts := strings.Fields(r.Name.String); len(parts) <= mostParts {
				n.of[id] = append(n.of[id], parts...)
			}
			n.Full = append(n.Full, r.Name.String)
		}
	}
	var others []string
	for _, column := range []string{"ceo_contact_name", "cx_contact_name", "sales_contact_name", "onboarding_contact_name", "marketing_contact_name"} {
		others = append(others, `SELECT id, `+column+`, NULL FROM strategic_partners WHERE `+column+` <> '' ORDER BY id`)
	}
	others = append(others, `SELECT id, name, NULL FROM invitations WHERE name <> '' ORDER BY id`, `SELECT id, employee_name, NULL FROM partner_employee_feedback WHERE employee_name <> '' ORDER BY id`,
		`SELECT id, customer_name, NULL FROM partner_customer_references WHERE customer_name <> '' ORDER BY id`)
	for _, query := range others {
		rows, err := all[calledRow](ctx, c, query)
		if err != nil {
			return n, fmt.Errorf("read names: %w", err)
		}
		for _, r := range rows {
			n.Full = append(n.Full, r.Name.String)
		}
	}
	return n, nil
}
