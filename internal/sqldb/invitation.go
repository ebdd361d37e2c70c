package sqldb

import (
	"context"
	"fmt"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Stakeholder is a kind of person who says something about a partner.
type Stakeholder string

// The stakeholders whose answers are stored.
const (
	Employee Stakeholder = "employee"
	Customer Stakeholder = "customer"
)

// answerTables says where the answers of each kind are.
var answerTables = map[Stakeholder]struct{ table, name, email, place, data string }{
	Employee: {"partner_employee_feedback", "employee_name", "employee_email", "employee_role", "feedback_data"},
	Customer: {"partner_customer_references", "customer_name", "customer_email", "customer_company", "reference_data"},
}

// Invitation is a link for one answer of one stakeholder.
type Invitation struct {
	ID        int64 `json:"id"`
	PartnerID int64 `json:"partner_id"`
	Kind      Text  `json:"kind"`
	Email     Text  `json:"email"`
	Name      Text  `json:"name"`
	ExpiresAt Time  `json:"expires_at" sql:"expires_ms"`
	UsedAt    Time  `json:"used_at" sql:"used_ms"`
	CreatedAt Time  `json:"created_at"`
}

// NewInvitation is what an invitation begins with.
type NewInvitation struct {
	Partner   int64
	Kind      Stakeholder
	TokenHash string
	Email     string
	Name      string
	By        int64 // the administrator; 0: the partner
	Expires   time.Time
}

// Invite adds an invitation in the place of an unused one to the same person.
// The error is of the code NotFound without the partner, and Conflict when
// the person has answered.
func Invite(ctx context.Context, tx *Tx, n NewInvitation) (Invitation, error) {
	if err := lockPartner(ctx, tx, n.Partner); err != nil {
		return Invitation{}, err
	}
	if err := mustNotHaveAnswered(ctx, tx, n.Kind, n.Partner, Person{Email: n.Email}); err != nil {
		return Invitation{}, err
	}
	if _, err := run(ctx, tx, `DELETE FROM invitations WHERE partner_id = ? AND kind = ? AND email = ? AND used_ms IS NULL`, n.Partner, string(n.Kind), n.Email); err != nil {
		return Invitation{}, fmt.Errorf("replace invitation: %w", err)
	}
	var by any
	if n.By != 0 {
		by = n.By
	}
	row, _, err := insert[Invitation](ctx, tx, "invitations", []Set{{"partner_id", n.Partner}, {"kind", string(n.Kind)}, {"token_hash", n.TokenHash}, {"email", n.Email},
		{"name", n.Name}, {"created_by", by}, {"expires_ms", n.Expires.UnixMilli()}})
	if err != nil {
		return row, fmt.Errorf("add invitation: %w", err)
	}
	return row, nil
}

// lockPartner makes answers about a partner come one after the other. The
// error is of the code NotFound without the partner.
func lockPartner(ctx context.Context, tx *Tx, partner int64) error {
	if err := tx.Lock(ctx, "stakeholders", partner); err != nil {
		return err
	}
	_, ok, err := value[int64](ctx, tx, `SELECT id FROM strategic_partners WHERE id = ?`, partner)
	return found(ok, err, "Partner", partner)
}

// Invitations lists the invitations to a partner's stakeholders, the newest
// first.
func Invitations(ctx context.Context, c Conn, partner int64, p Page) (Rows[Invitation], error) {
	l := &listing{from: "invitations", key: "id"}
	l.where.and("partner_id = ?", partner)
	rows, err := page[Invitation](ctx, c, l, p)
	if err != nil {
		return rows, fmt.Errorf("list invitations: %w", err)
	}
	return rows, nil
}

// UseInvitation uses an invitation up, given the hash of its token. The error
// is of the code Unauthorized when there is none such or it has expired, and
// Conflict when it has been used.
func UseInvitation(ctx context.Context, tx *Tx, kind Stakeholder, partner int64, tokenHash string, now time.Time) (Invitation, error) {
	row, ok, err := one[Invitation](ctx, tx, `UPDATE invitations SET used_ms = ? WHERE token_hash = ? AND kind = ? AND partner_id = ? AND used_ms IS NULL AND expires_ms > ?
		RETURNING `+columns[Invitation](""), now.UnixMilli(), tokenHash, string(kind), partner, now.UnixMilli())
	if err != nil {
		return row, fmt.Errorf("use invitation: %w", err)
	}
	if ok {
		return row, nil
	}
	used, _, err := value[int64](ctx, tx, `SELECT count(*) FROM invitations WHERE token_hash = ? AND kind = ? AND partner_id = ? AND used_ms IS NOT NULL`, tokenHash, string(kind), partner)
	switch {
	case err != nil:
		return row, fmt.Errorf("find invitation: %w", err)
	case used > 0:
		return row, tpe.Errorf(tpe.Conflict, "This invitation has been used")
	}
	return row, tpe.Errorf(tpe.Unauthorized, "The invitation is not valid, or has expired")
}
