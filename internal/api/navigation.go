package api

import (
	"context"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type explorationInput struct {
	Body struct {
		Type            string  `json:"type" enum:"focus_area_exploration"`
		ContractorID    ident   `json:"contractor_id"`
		FromFocusArea   string  `json:"from_focus_area,omitempty" maxLength:"200"`
		ToFocusArea     string  `json:"to_focus_area" minLength:"1" maxLength:"200"`
		FocusAreaIndex  whole   `json:"focus_area_index,omitempty" minimum:"0" maximum:"1000"`
		TotalFocusAreas whole   `json:"total_focus_areas,omitempty" minimum:"0" maximum:"1000"`
		Direction       string  `json:"direction,omitempty" enum:"forward,backward"`
		Timestamp       *moment `json:"timestamp,omitempty" doc:"by the clock of the browser"`
	}
}

// explored records that a contractor went from the matches of one focus area
// to those of another. It is the contractor's own only when the caller is
// known to be that contractor; else nobody's.
func (s *Server) explored(ctx context.Context, in *explorationInput) (*done, error) {
	b := &in.Body
	way := object{"to": b.ToFocusArea, "focus_area_index": b.FocusAreaIndex, "total_focus_areas": b.TotalFocusAreas, "kind": b.Type, "contractor_id": idText(int64(b.ContractorID))}
	if b.FromFocusArea != "" {
		way["from"] = b.FromFocusArea
	}
	if b.Direction != "" {
		way["trigger"] = b.Direction
	}
	if b.Timestamp != nil {
		way["client_time"] = tpe.FormatTime(b.Timestamp.Time)
	}
	o := outcome{Type: tpe.TypeNavigation, Fields: object{"navigation": way}}
	v := visitOf(ctx)
	if id := idText(int64(b.ContractorID)); v.who.UserID == "" && s.visitors.knows(id, v.caller()) {
		o.UserID, o.UserType = id, tpe.UserContractor
	}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := s.happened(ctx, tx, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return said("Interaction recorded"), nil
}
