package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/power100/tpe/internal/sqldb"
)

// activePartners answers with the partners that contractors can be matched
// with, the best first.
func (s *Server) activePartners(v *visit, r *http.Request) error {
	list, err := s.opts.DB.ActivePartners(r.Context())
	if err != nil {
		return fmt.Errorf("list active partners: %w", err)
	}
	return v.encode(struct {
		Success  bool                  `json:"success"`
		Count    int                   `json:"count"`
		Partners []sqldb.ActivePartner `json:"partners"`
	}{true, len(list), list})
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
