package sqldb

import (
	"context"
	"fmt"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Booking is a booking's whole row.
type Booking struct {
	ID            int64  `json:"id"`
	ContractorID  Number `json:"contractor_id"`
	PartnerID     Number `json:"partner_id"`
	ScheduledDate Time   `json:"scheduled_date"`
	Status        Text   `json:"status"`
	Notes         Text   `json:"notes"`
	MeetingLink   Text   `json:"meeting_link"`
	ReminderSent  Bool   `json:"reminder_sent"`
	FollowUpSent  Bool   `json:"follow_up_sent"`
	CreatedAt     Time   `json:"created_at"`
	UpdatedAt     Time   `json:"updated_at"`
}

// ListedBooking is a booking with who booked and with whom.
type ListedBooking struct {
	Booking
	ContractorName    Text `json:"contractor_name" sql:"c.name"`
	ContractorCompany Text `json:"contractor_company" sql:"c.company_name"`
	ContractorEmail   Text `json:"contractor_email" sql:"c.email"`
	ContractorPhone   Text `json:"contractor_phone" sql:"c.phone"`
	PartnerName       Text `json:"partner_name" sql:"p.company_name"`
	PartnerEmail      Text `json:"partner_email" sql:"p.contact_email"`
}

// Bookings lists bookings, the latest date first. Those whose contractor or
// partner is gone are left out. An empty status means all.
func Bookings(ctx context.Context, c Conn, status string, p Page) (Rows[ListedBooking], error) {
	l := &listing{from: "demo_bookings b JOIN contractors c ON c.id = b.contractor_id JOIN strategic_partners p ON p.id = b.partner_id", alias: "b", key: "tpe_time(b.scheduled_date)"}
	if status != "" {
		l.where.and("b.status = ?", status)
	}
	rows, err := page[ListedBooking](ctx, c, l, p)
	if err != nil {
		return rows, fmt.Errorf("list bookings: %w", err)
	}
	return rows, nil
}

// BookingByID returns a booking. The error is of the code NotFound when there
// is none.
func BookingByID(ctx context.Context, c Conn, id int64) (Booking, error) {
	row, ok, err := one[Booking](ctx, c, `SELECT `+columns[Booking]("")+` FROM demo_bookings WHERE id = ?`, id)
	return row, found(ok, err, "Booking", id)
}

// AddBooking adds a booking and returns its row.
func AddBooking(ctx context.Context, c Conn, sets []Set) (Booking, error) {
	row, _, err := insert[Booking](ctx, c, "demo_bookings", sets)
	if err != nil {
		return row, fmt.Errorf("add booking: %w", err)
	}
	return row, nil
}

// Awaited reports whether a contractor has a demo with a partner that is still
// to come. No other transaction books one before this one ends, if it asks.
func Awaited(ctx context.Context, tx *Tx, contractor, partner int64, now time.Time) (bool, error) {
	if err := tx.Lock(ctx, "bookings", contractor); err != nil {
		return false, err
	}
	n, _, err := value[int64](ctx, tx, `SELECT count(*) FROM demo_bookings WHERE contractor_id = ? AND partner_id = ? AND status = 'scheduled' AND tpe_time(scheduled_date) > ?`,
		contractor, partner, now.UnixMilli())
	if err != nil {
		return false, fmt.Errorf("look for a booking: %w", err)
	}
	return n > 0, nil
}

// TakesDemos checks that a partner is active. The error is of the code Conflict
// when it is not.
func TakesDemos(ctx context.Context, c Conn, partner int64) error {
	_, ok, err := value[int64](ctx, c, `SELECT id FROM strategic_partners WHERE id = ? AND tpe_bool(is_active)`, partner)
	if err != nil {
		return fmt.Errorf("look at partner %d: %w", partner, err)
	}
	if !ok {
		return tpe.Errorf(tpe.Conflict, "The partner is not active")
	}
	return nil
}

// BookedAt returns the demo that a contractor has booked with a partner for a
// time, if there is one. No other transaction books one before this one ends,
// if it asks.
func BookedAt(ctx context.Context, tx *Tx, contractor, partner int64, at time.Time) (Booking, bool, error) {
	if err := tx.Lock(ctx, "bookings", contractor); err != nil {
		return Booking{}, false, err
	}
	row, ok, err := one[Booking](ctx, tx, `SELECT `+columns[Booking]("")+` FROM demo_bookings WHERE contractor_id = ? AND partner_id = ? AND status = 'scheduled' AND tpe_time(scheduled_date) = ?
		ORDER BY id LIMIT 1`, contractor, partner, at.UnixMilli())
	if err != nil {
		return row, false, fmt.Errorf("look for a booking: %w", err)
	}
	return row, ok, nil
}

// UpdateBooking changes columns of a booking and returns its row. The error
// is of the code NotFound when there is none.
func UpdateBooking(ctx context.Context, c Conn, id int64, sets []Set) (Booking, error) {
	row, ok, err := update[Booking](ctx, c, "demo_bookings", id, sets)
	return row, found(ok, err, "Booking", id)
}

// DeleteBooking deletes a booking. The error is of the code NotFound when
// there is none.
func DeleteBooking(ctx context.Context, c Conn, id int64) error {
	n, err := run(ctx, c, `DELETE FROM demo_bookings WHERE id = ?`, id)
	return found(n > 0, err, "Booking", id)
}

// BookingStats is what is counted of all bookings.
type BookingStats struct {
	Total          int64  `json:"total_bookings"`
	Scheduled      int64  `json:"scheduled"`
	Completed      int64  `json:"completed"`
	Cancelled      int64  `json:"cancelled"`
	NoShows        int64  `json:"no_shows"`
	Upcoming       int64  `json:"upcoming" doc:"scheduled, and still to come"`
	Overdue        int64  `json:"overdue" doc:"scheduled, and past"`
	NewThisWeek    int64  `json:"new_this_week" doc:"of the last 7 days"`
	NewThisMonth   int64  `json:"new_this_month" doc:"of the last 30 days"`
	CompletionRate Number `json:"completion_rate" doc:"percent completed of those that were completed, cancelled or missed; null without any"`
}

// PartnerBookings is what is counted of one partner's bookings.
type PartnerBookings struct {
	ID          int64 `json:"id" sql:"p.id"`
	CompanyName Text  `json:"company_name" sql:"p.company_name"`
	Total       int64 `json:"total_bookings" sql:"count(*)"`
	Completed   int64 `json:"completed" sql:"count(*) FILTER (WHERE b.status = 'completed')"`
	Cancelled   int64 `json:"cancelled" sql:"count(*) FILTER (WHERE b.status = 'cancelled')"`
	NoShows     int64 `json:"no_shows" sql:"count(*) FILTER (WHERE b.status = 'no_show')"`
}

// StatsOfBookings counts all bookings, and those of each partner, the most
// first.
func StatsOfBookings(ctx context.Context, c Conn, now time.Time) (BookingStats, []PartnerBookings, error) {
	stats, _, err := one[BookingStats](ctx, c, `SELECT count(*),
		count(*) FILTER (WHERE status = 'scheduled'), count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'cancelled'), count(*) FILTER (WHERE status = 'no_show'),
		count(*) FILTER (WHERE status = 'scheduled' AND tpe_time(scheduled_date) > ?), count(*) FILTER (WHERE status = 'scheduled' AND tpe_time(scheduled_date) <= ?),
		count(*) FILTER (WHERE tpe_time(created_at) >= ?), count(*) FILTER (WHERE tpe_time(created_at) >= ?),
		100.0 * count(*) FILTER (WHERE status = 'completed') / NULLIF(count(*) FILTER (WHERE status IN ('completed', 'cancelled', 'no_show')), 0)
		FROM demo_bookings`, now.UnixMilli(), now.UnixMilli(), now.Add(-7*day).UnixMilli(), now.Add(-30*day).UnixMilli())
	if err != nil {
		return stats, nil, fmt.Errorf("count bookings: %w", err)
	}
	list, err := all[PartnerBookings](ctx, c, `SELECT `+columns[PartnerBookings]("")+` FROM demo_bookings b JOIN strategic_partners p ON p.id = b.partner_id
		GROUP BY p.id, p.company_name ORDER BY count(*) DESC, p.id`)
	if err != nil {
		return stats, nil, fmt.Errorf("count bookings of partners: %w", err)
	}
	return stats, list, nil
}

// Exist checks that a contractor and a partner are there. The error is of the
// code NotFound when one is not.
func Exist(ctx context.Context, c Conn, contractor, partner int64) error {
	for _, table := range []struct {
		name, what string
		id         int64
	}{{"contractors", "Contractor", contractor}, {"strategic_partners", "Partner", partner}} {
		_, ok, err := value[int64](ctx, c, `SELECT id FROM `+table.name+` WHERE id = ?`, table.id)
		if err := found(ok, err, table.what, table.id); err != nil {
			return err
		}
	}
	return nil
}
