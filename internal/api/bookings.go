package api

import (
	"context"
	"net/http"
	"time"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// booking is a demo that is being booked.
type booking struct {
	Contractor, Partner int64
	At                  time.Time
	Notes, Link         string
	Kind                string // initial_demo, follow_up
	Source              string // where it was booked
}

// book adds a booking and its outcome. The error is of the code NotFound when
// the contractor or the partner does not exist, and Conflict when the partner
// is not active.
func (s *Server) book(ctx context.Context, tx *sqldb.Tx, b booking) (sqldb.Booking, error) {
	if err := sqldb.Exist(ctx, tx, b.Contractor, b.Partner); err != nil {
		return sqldb.Booking{}, err
	}
	if err := sqldb.TakesDemos(ctx, tx, b.Partner); err != nil {
		return sqldb.Booking{}, err
	}
	at := b.At.UTC().Truncate(time.Second)
	var sets columns
	sets.add("contractor_id", b.Contractor)
	sets.add("partner_id", b.Partner)
	sets.add("scheduled_date", sqldb.Stamp(at))
	sets.add("status", "scheduled")
	if b.Notes != "" {
		sets.add("notes", b.Notes)
	}
	if b.Link != "" {
		sets.add("meeting_link", b.Link)
	}
	row, err := sqldb.AddBooking(ctx, tx, sets)
	if err != nil {
		return row, err
	}
	partner := idText(b.Partner)
	meta := object{"source": b.Source}
	if b.Notes != "" {
		meta["special_instructions"] = b.Notes
	}
	_, err = s.happened(ctx, tx, outcome{Type: tpe.TypeDemoBooking, UserID: idText(b.Contractor), UserType: tpe.UserContractor, Fields: object{
		"partner_id": partner,
		"outcomes": object{"demo_booked": true, "partner_id": partner, "contractor_id": idText(b.Contractor), "booking_id": idText(row.ID),
			"booking_date": at.Format(time.DateOnly), "booking_time": at.Format("15:04"), "booking_type": b.Kind},
		"metadata": meta,
	}})
	return row, err
}

type bookingsInput struct {
	Paging
	Status string `query:"status" enum:"scheduled,completed,cancelled,no_show"`
}

type bookingsOutput struct {
	Body struct {
		PageInfo
		Bookings []sqldb.ListedBooking `json:"bookings"`
	}
}

// bookings lists bookings.
func (s *Server) bookings(ctx context.Context, in *bookingsInput) (*bookingsOutput, error) {
	rows, err := sqldb.Bookings(ctx, s.opts.DB, in.Status, in.page())
	if err != nil {
		return nil, err
	}
	out := &bookingsOutput{}
	out.Body.PageInfo, out.Body.Bookings = pageOf(rows), rows.Items
	return out, nil
}

type bookingDetailOutput struct {
	Body struct {
		Success bool          `json:"success"`
		Booking bookingDetail `json:"booking"`
	}
}

type bookingDetail struct {
	sqldb.Booking
	Contractor orNull[sqldb.Contractor] `json:"contractor" doc:"null when it is gone"`
	Partner    orNull[sqldb.Partner]    `json:"partner" doc:"null when it is gone"`
}

// bookingDetail answers with a booking, who booked, and with whom.
func (s *Server) bookingDetail(ctx context.Context, in *IDPath) (*bookingDetailOutput, error) {
	row, err := sqldb.BookingByID(ctx, s.opts.DB, in.ID)
	if err != nil {
		return nil, err
	}
	out := &bookingDetailOutput{}
	out.Body.Success, out.Body.Booking.Booking = true, row
	c, err := sqldb.ContractorByID(ctx, s.opts.DB, int64(row.ContractorID.Float))
	if err == nil {
		out.Body.Booking.Contractor.value = &c
	} else if tpe.CodeOf(err) != tpe.NotFound {
		return nil, err
	}
	p, err := sqldb.PartnerByID(ctx, s.opts.DB, int64(row.PartnerID.Float))
	if err == nil {
		out.Body.Booking.Partner.value = &p.Partner
	} else if tpe.CodeOf(err) != tpe.NotFound {
		return nil, err
	}
	return out, nil
}

type newBookingInput struct {
	Body struct {
		ContractorID  *maybeID `json:"contractor_id,omitempty" doc:"a contractor books for itself when it is left out"`
		PartnerID     ident    `json:"partner_id"`
		ScheduledDate moment   `json:"scheduled_date" doc:"not more than a year ago"`
		Notes         *text    `json:"notes,omitempty"`
		MeetingLink   *link    `json:"meeting_link,omitempty"`
		BookingType   string   `json:"booking_type,omitempty" enum:"initial_demo,follow_up"`
	}
}

type bookingOutput struct {
	Status int
	Body   struct {
		Success bool          `json:"success"`
		Booking sqldb.Booking `json:"booking"`
	}
}

func bookingRow(row sqldb.Booking) *bookingOutput {
	out := &bookingOutput{Status: http.StatusOK}
	out.Body.Success, out.Body.Booking = true, row
	return out
}

// addBooking books a demo directly. One of the same contractor with the same
// partner at the same time is the same demo.
func (s *Server) addBooking(ctx context.Context, in *newBookingInput) (*bookingOutput, error) {
	b := &in.Body
	id, err := ownID(ctx, tpe.UserContractor, "contractor_id", b.ContractorID)
	if err != nil {
		return nil, err
	}
	demo := booking{Contractor: id, Partner: int64(b.PartnerID), At: b.ScheduledDate.Time, Kind: b.BookingType, Source: "direct"}
	if demo.At.Before(s.opts.Now().AddDate(-1, 0, 0)) {
		return nil, tpe.Errorf(tpe.Conflict, "The time of the demo is more than a year ago")
	}
	if demo.Kind == "" {
		demo.Kind = "initial_demo"
	}
	if b.Notes != nil {
		demo.Notes = string(*b.Notes)
	}
	if b.MeetingLink != nil {
		demo.Link = string(*b.MeetingLink)
	}
	var row sqldb.Booking
	status := http.StatusOK
	err = s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		var known bool
		if row, known, err = sqldb.BookedAt(ctx, tx, demo.Contractor, demo.Partner, demo.At.Truncate(time.Second)); err != nil {
			return err
		}
		if known {
			if row.Notes.String != demo.Notes || row.MeetingLink.String != demo.Link {
				return tpe.Errorf(tpe.Conflict, "A demo with this partner is booked for that time already")
			}
			return nil
		}
		status = http.StatusCreated
		row, err = s.book(ctx, tx, demo)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := bookingRow(row)
	out.Status = status
	return out, nil
}

// ownID returns an id that a request names. Who is of the kind that the id is
// of may leave it out, and may not name another.
func ownID(ctx context.Context, kind, name string, given *maybeID) (int64, error) {
	caller := who(ctx)
	own := number(caller.UserID)
	if kind == tpe.UserPartner {
		own = number(caller.PartnerID)
	}
	switch {
	case caller.UserType != kind && given == nil:
		return 0, tpe.Errorf(tpe.NotFound, "%s is required", field(name))
	case caller.UserType != kind:
		return int64(*given), nil
	case given != nil && int64(*given) != own:
		return 0, tpe.Errorf(tpe.Forbidden, "Not authorized to access this route")
	}
	return own, nil
}

type bookingInput struct {
	IDPath
	Body struct {
		Status        string  `json:"status,omitempty" enum:"scheduled,completed,cancelled,no_show"`
		ScheduledDate *moment `json:"scheduled_date,omitempty"`
		Notes         *text   `json:"notes,omitempty"`
		MeetingLink   *link   `json:"meeting_link,omitempty"`
	}
}

// updateBooking changes a booking.
func (s *Server) updateBooking(ctx context.Context, in *bookingInput) (*bookingOutput, error) {
	sets := setsOf(&in.Body)
	if in.Body.Status != "" {
		sets.add("status", in.Body.Status)
	}
	var row sqldb.Booking
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		row, err = sqldb.UpdateBooking(ctx, tx, in.ID, sets)
		return err
	})
	if err != nil {
		return nil, err
	}
	return bookingRow(row), nil
}

// deleteBooking deletes a booking.
func (s *Server) deleteBooking(ctx context.Context, in *IDPath) (*done, error) {
	if err := s.tx(ctx, func(tx *sqldb.Tx) error { return sqldb.DeleteBooking(ctx, tx, in.ID) }); err != nil {
		return nil, err
	}
	return said("Booking deleted successfully"), nil
}

type bookingStatsOutput struct {
	Body struct {
		Success bool            `json:"success"`
		Stats   bookingOverview `json:"stats"`
	}
}

type bookingOverview struct {
	Overview  sqldb.BookingStats      `json:"overview"`
	ByPartner []sqldb.PartnerBookings `json:"byPartner" nullable:"false"`
}

// bookingStats counts the bookings.
func (s *Server) bookingStats(ctx context.Context, _ *struct{}) (*bookingStatsOutput, error) {
	stats, list, err := sqldb.StatsOfBookings(ctx, s.opts.DB, s.opts.Now())
	if err != nil {
		return nil, err
	}
	out := &bookingStatsOutput{}
	out.Body.Success, out.Body.Stats.Overview, out.Body.Stats.ByPartner = true, stats, list
	return out, nil
}
