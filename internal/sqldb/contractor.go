package sqldb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Contractor is a contractor's whole row.
type Contractor struct {
	ID                               int64  `json:"id"`
	Name                             Text   `json:"name"`
	Email                            Text   `json:"email"`
	Phone                            Text   `json:"phone"`
	CompanyName                      Text   `json:"company_name"`
	CompanyWebsite                   Text   `json:"company_website"`
	ServiceArea                      Text   `json:"service_area"`
	ServicesOffered                  Text   `json:"services_offered"`
	FocusAreas                       Text   `json:"focus_areas"`
	PrimaryFocusArea                 Text   `json:"primary_focus_area"`
	AnnualRevenue                    Text   `json:"annual_revenue"`
	TeamSize                         Number `json:"team_size"`
	IncreasedTools                   Bool   `json:"increased_tools"`
	IncreasedPeople                  Bool   `json:"increased_people"`
	IncreasedActivity                Bool   `json:"increased_activity"`
	OptedInCoaching                  Bool   `json:"opted_in_coaching"`
	VerificationStatus               Text   `json:"verification_status"`
	VerificationCode                 Hidden `json:"verification_code"`
	VerificationExpiresAt            Hidden `json:"verification_expires_at"`
	CurrentStage                     Text   `json:"current_stage"`
	TechStackSales                   Text   `json:"tech_stack_sales"`
	TechStackOperations              Text   `json:"tech_stack_operations"`
	TechStackMarketing               Text   `json:"tech_stack_marketing"`
	TechStackCustomerExperience      Text   `json:"tech_stack_customer_experience"`
	TechStackProjectManagement       Text   `json:"tech_stack_project_management"`
	TechStackAccountingFinance       Text   `json:"tech_stack_accounting_finance"`
	TechStackSalesOther              Text   `json:"tech_stack_sales_other"`
	TechStackOperationsOther         Text   `json:"tech_stack_operations_other"`
	TechStackMarketingOther          Text   `json:"tech_stack_marketing_other"`
	TechStackCustomerExperienceOther Text   `json:"tech_stack_customer_experience_other"`
	TechStackProjectManagementOther  Text   `json:"tech_stack_project_management_other"`
	TechStackAccountingFinanceOther  Text   `json:"tech_stack_accounting_finance_other"`
	CreatedAt                        Time   `json:"created_at"`
	UpdatedAt                        Time   `json:"updated_at"`
	CompletedAt                      Time   `json:"completed_at"`
	FeedbackCompletionStatus         Text   `json:"feedback_completion_status"`
}

// ContractorByID returns a contractor. The error is of the code NotFound when
// there is none.
func ContractorByID(ctx context.Context, c Conn, id int64) (Contractor, error) {
	row, ok, err := one[Contractor](ctx, c, `SELECT `+columns[Contractor]("")+` FROM contractors WHERE id = ?`, id)
	switch {
	case err != nil:
		return row, fmt.Errorf("find contractor %d: %w", id, err)
	case !ok:
		return row, notFound("Contractor")
	}
	return row, nil
}

// SignUp is what a contractor begins with.
type SignUp struct{ Name, Email, Phone, CompanyName, CompanyWebsite string }

// ContractorFor returns the first contractor with the e-mail address or the
// phone number; ok is false when there is none.
func ContractorFor(ctx context.Context, c Conn, email, phone string) (Contractor, bool, error) {
	row, ok, err := one[Contractor](ctx, c, `SELECT `+columns[Contractor]("")+` FROM contractors WHERE email = ? OR phone = ? ORDER BY id LIMIT 1`, email, phone)
	if err != nil {
		return row, false, fmt.Errorf("find contractor: %w", err)
	}
	return row, ok, nil
}

// BeginContractor adds a contractor who is to be verified, or brings the one
// with the same e-mail address up to date unless that one is verified. It
// returns the id; ok is false when the address belongs to a verified one.
func BeginContractor(ctx context.Context, c Conn, s SignUp, codeHash string, expires time.Time) (id int64, ok bool, err error) {
	website := any(nil)
	if s.CompanyWebsite != "" {
		website = s.CompanyWebsite
	}
	id, ok, err = value[int64](ctx, c, `INSERT INTO contractors (name, email, phone, company_name, company_website, verification_code, verification_expires_at, verification_status, current_stage)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 'verification')
		ON CONFLICT (email) DO UPDATE SET name = excluded.name, phone = excluded.phone, company_name = excluded.company_name, company_website = excluded.company_website,
			verification_code = excluded.verification_code, verification_expires_at = excluded.verification_expires_at, updated_at = CURRENT_TIMESTAMP
			WHERE contractors.verification_status IS NULL OR contractors.verification_status <> 'verified'
		RETURNING id`, s.Name, s.Email, s.Phone, s.CompanyName, website, codeHash, Stamp(expires))
	if err != nil {
		return 0, false, fmt.Errorf("add contractor: %w", err)
	}
	return id, ok, nil
}

// RenewCode gives a verified contractor a code to come back with, and changes
// nothing else.
func RenewCode(ctx context.Context, c Conn, id int64, codeHash string, expires time.Time) error {
	_, err := run(ctx, c, `UPDATE contractors SET verification_code = ?, verification_expires_at = ? WHERE id = ?`, codeHash, Stamp(expires), id)
	if err != nil {
		return fmt.Errorf("renew the code of contractor %d: %w", id, err)
	}
	return nil
}

// Verification is what a code is checked against.
type Verification struct {
	CodeHash   Text   `sql:"verification_code"`
	Expires    Time   `sql:"verification_expires_at"`
	Generation Number `sql:"(SELECT generation FROM account_tokens t WHERE t.role = 'contractor' AND t.account_id = contractors.id)"`
}

// VerificationOf returns what a contractor's code is checked against. The
// error is of the code NotFound when there is no contractor.
func VerificationOf(ctx context.Context, c Conn, id int64) (Verification, error) {
	row, ok, err := one[Verification](ctx, c, `SELECT `+columns[Verification]("")+` FROM contractors WHERE id = ?`, id)
	switch {
	case err != nil:
		return row, fmt.Errorf("find contractor %d: %w", id, err)
	case !ok:
		return row, notFound("Contractor")
	}
	return row, nil
}

// VerifyContractor notes that a code was right. It reports whether the code
// was still there: it counts once. Who was verified before comes back to where
// it was.
func VerifyContractor(ctx context.Context, c Conn, id int64, codeHash string) (bool, error) {
	n, err := run(ctx, c, `UPDATE contractors SET verification_status = 'verified', verification_code = NULL, verification_expires_at = NULL,
		current_stage = CASE WHEN verification_status = 'verified' THEN current_stage ELSE 'focus_selection' END,
		opted_in_coaching = CASE WHEN verification_status = 'verified' THEN opted_in_coaching ELSE ? END, updated_at = CURRENT_TIMESTAMP WHERE id = ? AND verification_code = ?`, true, id, codeHash)
	if err != nil {
		return false, fmt.Errorf("verify contractor %d: %w", id, err)
	}
	return n > 0, nil
}

// Set is one column of a row with its new value. The column is a name that
// the program writes, never one that came with a request.
type Set struct {
	Column string
	Value  any
}

// UpdateContractor changes columns of a contractor and returns the row. The
// error is of the code NotFound when there is none.
func UpdateContractor(ctx context.Context, c Conn, id int64, sets []Set) (Contractor, error) {
	row, ok, err := update[Contractor](ctx, c, "contractors", id, sets)
	switch {
	case err != nil:
		return row, fmt.Errorf("update contractor %d: %w", id, err)
	case !ok:
		return row, notFound("Contractor")
	}
	return row, nil
}

// update changes columns of one row, and the time of its last change, and
// returns the row. It is false when there is none.
func update[T any](ctx context.Context, c Conn, table string, id int64, sets []Set) (T, bool, error) {
	var text strings.Builder
	var args []any
	for _, s := range sets {
		text.WriteString(s.Column + " = ?, ")
		args = append(args, s.Value)
	}
	return one[T](ctx, c, `UPDATE `+table+` SET `+text.String()+`updated_at = CURRENT_TIMESTAMP WHERE id = ? RETURNING `+columns[T](""), append(args, id)...)
}

// contractorTable is a table of what belongs to contractors.
type contractorTable struct {
	name  string
	stays bool // its rows stay without the contractor
}

// ofContractor are all of them.
var ofContractor = []contractorTable{
	{name: "contractor_partner_matches"},
	{name: "demo_bookings"},
	{name: "sms_subscriptions"},
	{name: "partner_leads"},
	{name: "ai_coach_conversations"},
	{name: "ai_coach_sessions"},
	{name: "feedback_responses", stays: true},
	{name: "feedback_surveys", stays: true},
	{name: "deals", stays: true},
}

func goesWithContractor(table string) bool {
	return slices.ContainsFunc(ofContractor, func(t contractorTable) bool { return t.name == table })
}

// DeleteContractor removes a contractor with the matches, bookings and the
// like that belong to it. What was said of a partner stays, without the name.
// The error is of the code NotFound when there is none.
func DeleteContractor(ctx context.Context, tx *Tx, id int64) error {
	if err := tx.lockRow(ctx, "contractors", id); err != nil {
		return err
	}
	for _, table := range ofContractor {
		statement := `DELETE FROM ` + table.name + ` WHERE contractor_id = ?`
		if table.stays {
			statement = `UPDATE ` + table.name + ` SET contractor_id = NULL WHERE contractor_id = ?`
		}
		if _, err := run(ctx, tx, statement, id); err != nil {
			return fmt.Errorf("delete contractor %d: %w", id, err)
		}
	}
	if _, err := run(ctx, tx, `DELETE FROM account_tokens WHERE role = 'contractor' AND account_id = ?`, id); err != nil {
		return fmt.Errorf("delete contractor %d: %w", id, err)
	}
	n, err := run(ctx, tx, `DELETE FROM contractors WHERE id = ?`, id)
	switch {
	case err != nil:
		return fmt.Errorf("delete contractor %d: %w", id, err)
	case n == 0:
		return notFound("Contractor")
	}
	return nil
}
