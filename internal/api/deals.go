package api

import (
	"context"
	"strconv"
	"time"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type dealInput struct {
	Body struct {
		ContractorID      ident      `json:"contractor_id"`
		PartnerID         ident      `json:"partner_id"`
		BookingID         *ident     `json:"booking_id,omitempty"`
		DealValue         *float64   `json:"deal_value,omitempty" minimum:"0" maximum:"1000000000000" doc:"US dollars"`
		SatisfactionScore *float64   `json:"satisfaction_score,omitempty" minimum:"0" maximum:"10"`
		ClosedAt          *time.Time `json:"closed_at,omitempty" doc:"now when absent"`
		Notes             *string    `json:"notes,omitempty" maxLength:"5000"`
	}
}

type dealOutput struct {
	Body struct {
		Success bool       `json:"success"`
		Deal    sqldb.Deal `json:"deal"`
	}
}

// closeDeal stores a deal, and records it as an outcome of the contractor's.
func (s *Server) closeDeal(ctx context.Context, in *dealInput) (*dealOutput, error) {
	b := &in.Body
	me := who(ctx)
	if me.UserType == tpe.UserPartner && number(me.PartnerID) != int64(b.PartnerID) {
		return nil, tpe.Errorf(tpe.Forbidden, "A partner can report its own deals only")
	}
	closed := s.opts.Now()
	if b.ClosedAt != nil {
		closed = *b.ClosedAt
	}
	out := &dealOutput{}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		partner := strconv.FormatInt(int64(b.PartnerID), 10)
		result := object{"deal_closed": true, "partner_id": partner}
		if b.DealValue != nil {
			result["deal_value"] = *b.DealValue
		}
		if b.SatisfactionScore != nil {
			result["satisfaction_score"] = *b.SatisfactionScore
		}
		id, err := s.happened(ctx, tx, outcome{Type: tpe.TypeDealClosed, UserID: strconv.FormatInt(int64(b.ContractorID), 10), UserType: tpe.UserContractor,
			Fields: object{"partner_id": partner, "outcomes": result}})
		if err != nil {
			return err
		}
		out.Body.Deal, err = sqldb.AddDeal(ctx, tx, sqldb.NewDeal{ContractorID: int64(b.ContractorID), PartnerID: int64(b.PartnerID), BookingID: (*int64)(b.BookingID),
			Value: b.DealValue, Satisfaction: b.SatisfactionScore, ClosedAt: sqldb.Stamp(closed), Notes: b.Notes, InteractionID: id.String(), ByRole: me.UserType, By: number(me.UserID)})
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Body.Success = true
	return out, nil
}
