package sqldb

import (
	"context"
	"fmt"
	"time"
)

// Activity is something that happened lately.
type Activity struct {
	Type      string `json:"type"` // contractor, booking or partner
	ID        int64  `json:"id"`
	Title     Text   `json:"title"`
	Subtitle  Text   `json:"subtitle"`
	CreatedAt Time   `json:"created_at"`
	Status    Text   `json:"status"`
}

// Activities returns the last sign-ups and bookings, the newest first.
func Activities(ctx context.Context, c Conn, most int) ([]Activity, error) {
	list, err := all[Activity](ctx, c, `SELECT * FROM (
		SELECT 'contractor' AS type, id, CAST(name AS TEXT) AS title, CAST(company_name AS TEXT) AS subtitle, tpe_time(created_at) AS at, CAST(current_stage AS TEXT) AS status FROM contractors
		UNION ALL
		SELECT 'booking', b.id, CAST(c.company_name AS TEXT), CAST(p.company_name AS TEXT), tpe_time(b.created_at), CAST(b.status AS TEXT)
			FROM demo_bookings b JOIN contractors c ON c.id = b.contractor_id JOIN strategic_partners p ON p.id = b.partner_id
		) happened ORDER BY COALESCE(at, 0) DESC, type, id DESC LIMIT ?`, most)
	if err != nil {
		return nil, fmt.Errorf("list activities: %w", err)
	}
	return list, nil
}

// Funnel counts the contractors who have come past each step.
type Funnel struct {
	Started          int64 `json:"total_started" sql:"count(*)"`
	PastVerification int64 `json:"past_verification" sql:"count(*) FILTER (WHERE verification_status = 'verified')"`
	PastFocus        int64 `json:"past_focus" sql:"count(*) FILTER (WHERE current_stage IN ('profiling', 'tech_stack', 'matching', 'completed'))"`
	PastProfiling    int64 `json:"past_profiling" sql:"count(*) FILTER (WHERE current_stage IN ('tech_stack', 'matching', 'completed'))"`
	PastMatching     int64 `json:"past_matching" sql:"count(*) FILTER (WHERE current_stage = 'completed')"`
	Completed        int64 `json:"completed" sql:"count(*) FILTER (WHERE current_stage = 'completed')"`
}

// FunnelOf counts all contractors.
func FunnelOf(ctx context.Context, c Conn) (Funnel, error) {
	f, _, err := one[Funnel](ctx, c, `SELECT `+columns[Funnel]("")+` FROM contractors`)
	if err != nil {
		return f, fmt.Errorf("count contractors by step: %w", err)
	}
	return f, nil
}

// ExportFilter chooses rows for an export. Zero members choose all.
type ExportFilter struct {
	IDs         []int64
	Word        string // the stage of contractors, the status of bookings
	Status      string // of the verification of contractors
	Active      *bool  // of partners
	Since, Till time.Time
}

func (f ExportFilter) where(alias, word string) (w where) {
	if len(f.IDs) > 0 {
		marks := make([]byte, 0, 2*len(f.IDs))
		args := make([]any, len(f.IDs))
		for i, id := range f.IDs {
			marks = append(marks, ",?"...)
			args[i] = id
		}
		w.and(alias+"id IN ("+string(marks[1:])+")", args...)
	}
	if f.Word != "" {
		w.and(alias+word+" = ?", f.Word)
	}
	if f.Status != "" {
		w.and(alias+"verification_status = ?", f.Status)
	}
	if f.Active != nil {
		w.and("COALESCE(tpe_bool("+alias+"is_active), ?) = ?", false, *f.Active)
	}
	if !f.Since.IsZero() {
		w.and("tpe_time("+alias+"created_at) >= ?", f.Since.UnixMilli())
	}
	if !f.Till.IsZero() {
		w.and("tpe_time("+alias+"created_at) < ?", f.Till.UnixMilli())
	}
	return w
}

// each runs a query of the columns of T and hands on row after row.
func each[T any](ctx context.Context, c Conn, query string, args []any, row func(T) error) error {
	rows, err := c.query(ctx, query, args...)
	if err != nil {
		return engine(err)
	}
	defer rows.Close()
	plan := planOf[T]()
	for rows.Next() {
		var v T
		if err := rows.Scan(plan.targets(&v)...); err != nil {
			return err
		}
		if err := row(v); err != nil {
			return err
		}
	}
	return engine(rows.Err())
}

// EachContractor hands on the contractors of an export, by id.
func EachContractor(ctx context.Context, c Conn, f ExportFilter, row func(Contractor) error) error {
	w := f.where("", "current_stage")
	if err := each(ctx, c, `SELECT `+columns[Contractor]("")+` FROM contractors`+w.text.String()+` ORDER BY id`, w.args, row); err != nil {
		return fmt.Errorf("export contractors: %w", err)
	}
	return nil
}

// EachPartner hands on the partners of an export, by id.
func EachPartner(ctx context.Context, c Conn, f ExportFilter, row func(Partner) error) error {
	w := f.where("", "")
	if err := each(ctx, c, `SELECT `+columns[Partner]("")+` FROM strategic_partners`+w.text.String()+` ORDER BY id`, w.args, row); err != nil {
		return fmt.Errorf("export partners: %w", err)
	}
	return nil
}

// ExportedBooking is a booking with names.
type ExportedBooking struct {
	Booking
	ContractorName    Text `json:"contractor_name" sql:"c.name"`
	ContractorCompany Text `json:"contractor_company" sql:"c.company_name"`
	PartnerName       Text `json:"partner_name" sql:"p.company_name"`
}

// EachBooking hands on the bookings of an export, by id. Those whose
// contractor or partner is gone are part of it, without the name.
func EachBooking(ctx context.Context, c Conn, f ExportFilter, row func(ExportedBooking) error) error {
	w := f.where("b.", "status")
	if err := each(ctx, c, `SELECT `+columns[ExportedBooking]("b")+` FROM demo_bookings b LEFT JOIN contractors c ON c.id = b.contractor_id
		LEFT JOIN strategic_partners p ON p.id = b.partner_id`+w.text.String()+` ORDER BY b.id`, w.args, row); err != nil {
		return fmt.Errorf("export bookings: %w", err)
	}
	return nil
}
