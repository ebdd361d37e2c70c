package api

import (
	"context"
	"time"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type newDealInput struct {
	Body struct {
		ContractorID      *maybeID `json:"contractor_id,omitempty" doc:"a contractor may leave it out"`
		PartnerID         *maybeID `json:"partner_id,omitempty" doc:"a partner may leave it out"`
		BookingID         *maybeID `json:"booking_id,omitempty" doc:"the demo that led to it; of the same contractor and partner"`
		DealValue         float64  `json:"deal_value" minimum:"0" maximum:"1000000000000" doc:"US dollars"`
		DealType          string   `json:"deal_type,omitempty" maxLength:"100" doc:"one_time, annual, ..."`
		ContractMonths    *float64 `json:"contract_length,omitempty" minimum:"0" maximum:"1200" doc:"months"`
		SatisfactionScore *float64 `json:"satisfaction_score,omitempty" minimum:"0" maximum:"10"`
		ClosedAt          *moment  `json:"closed_at,omitempty" doc:"now when it is left out"`
		Notes             *text    `json:"notes,omitempty"`
	}
}

type dealOutput struct {
	Body struct {
		Success bool       `json:"success"`
		Deal    sqldb.Deal `json:"deal"`
	}
}

// addDeal stores a deal, and records it as an outcome of the contractor's.
func (s *Server) addDeal(ctx context.Context, in *newDealInput) (*dealOutput, error) {
	b := &in.Body
	contractor, err := ownID(ctx, tpe.UserContractor, "contractor_id", b.ContractorID)
	if err != nil {
		return nil, err
	}
	partner, err := ownID(ctx, tpe.UserPartner, "partner_id", b.PartnerID)
	if err != nil {
		return nil, err
	}
	closed := s.opts.Now()
	if b.ClosedAt != nil {
		closed = b.ClosedAt.Time
	}
	caller := who(ctx)
	sets := setsOf(b) // notes and closed_at
	if b.ClosedAt == nil {
		sets.add("closed_at", sqldb.Stamp(closed))
	}
	sets.add("contractor_id", contractor)
	sets.add("partner_id", partner)
	sets.add("deal_value", b.DealValue)
	sets.add("created_by_role", caller.UserType)
	sets.add("created_by", number(caller.UserID))
	outcomes := object{"deal_closed": true, "deal_value": b.DealValue, "partner_id": idText(partner), "contractor_id": idText(contractor)}
	if b.DealType != "" {
		outcomes["deal_type"] = b.DealType
	}
	if b.ContractMonths != nil {
		outcomes["contract_length"] = *b.ContractMonths
	}
	if b.SatisfactionScore != nil {
		outcomes["satisfaction_score"] = *b.SatisfactionScore
		sets.add("satisfaction_score", *b.SatisfactionScore)
	}
	if b.BookingID != nil {
		sets.add("booking_id", int64(*b.BookingID))
	}
	out := &dealOutput{}
	out.Body.Success = true
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		if err := s.dealsWith(ctx, tx, contractor, partner); err != nil {
			return err
		}
		if b.BookingID != nil {
			row, err := sqldb.BookingByID(ctx, tx, int64(*b.BookingID))
			if err != nil {
				return err
			}
			if row.ContractorID.Float != float64(contractor) || row.PartnerID.Float != float64(partner) {
				return tpe.Errorf(tpe.NotFound, "Booking not found")
			}
		}
		meta := object{"reported_by": caller.UserType}
		fields := object{"partner_id": idText(partner), "outcomes": outcomes, "metadata": meta}
		met, err := sqldb.FirstMatched(ctx, tx, contractor, partner)
		if err != nil {
			return err
		}
		if met.Valid && !closed.Before(met.Time) {
			meta["time_to_close_days"] = int64(closed.Sub(met.Time) / (24 * time.Hour))
		}
		id, err := s.happened(ctx, tx, outcome{Type: tpe.TypeDealClosed, UserID: idText(contractor), UserType: tpe.UserContractor, Fields: fields})
		if err != nil {
			return err
		}
		out.Body.Deal, err = sqldb.AddDeal(ctx, tx, append(sets[:len(sets):len(sets)], sqldb.Set{Column: "interaction_id", Value: id.String()}))
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// dealsWith refuses a deal with somebody who is not there, and to who is no
// administrator, in the same words, one with somebody never met.
func (s *Server) dealsWith(ctx context.Context, tx *sqldb.Tx, contractor, partner int64) error {
	by := who(ctx).UserType
	if by == tpe.UserAdmin {
		return sqldb.Exist(ctx, tx, contractor, partner)
	}
	met, err := sqldb.Met(ctx, tx, contractor, partner)
	switch {
	case err != nil:
		return err
	case !met && by == tpe.UserPartner:
		return tpe.Errorf(tpe.NotFound, "Contractor not found")
	case !met:
		return tpe.Errorf(tpe.NotFound, "Partner not found")
	}
	return sqldb.Exist(ctx, tx, contractor, partner)
}

type dealsInput struct {
	Paging
	PartnerID    int64 `query:"partner_id" minimum:"0" maximum:"999999999999999"`
	ContractorID int64 `query:"contractor_id" minimum:"0" maximum:"999999999999999"`
}

type dealsOutput struct {
	Body struct {
		PageInfo
		Deals []sqldb.ListedDeal `json:"deals"`
	}
}

// deals lists deals.
func (s *Server) deals(ctx context.Context, in *dealsInput) (*dealsOutput, error) {
	rows, err := sqldb.Deals(ctx, s.opts.DB, sqldb.DealFilter{Partner: in.PartnerID, Contractor: in.ContractorID}, in.page())
	if err != nil {
		return nil, err
	}
	out := &dealsOutput{}
	out.Body.PageInfo, out.Body.Deals = pageOf(rows), rows.Items
	return out, nil
}
