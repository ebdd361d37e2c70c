package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/power100/tpe/internal/sqldb"
)

// activePartners answers with the partners that contractors can be matched with,
// the best first.
func (s *Server) activePartners(ctx context.Context, _ *struct{}) (*activePartnersOutput, error) {
	list, err := s.opts.DB.ActivePartners(ctx)
	if err != nil {
		return nil, err
	}
	out := &activePartnersOutput{}
	out.Body.Success, out.Body.Count, out.Body.Partners = true, len(list), list
	return out, nil
}

type activePartnersOutput struct {
	Body struct {
		Success  bool                  `json:"success"`
		Count    int                   `json:"count"`
		Partners []sqldb.ActivePartner `json:"partners"`
	}
}

// encode answers with a value as JSON.
func (v *visit) encode(value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	v.json(http.StatusOK, append(b, '\n'))
	return nil
}
