package api

import (
	"fmt"
	"net/http"

	"github.com/power100/tpe/internal/lake"
)

// lakeStatus answers with what the lake holds, by day and type.
func (s *Server) lakeStatus(v *visit, r *http.Request) error {
	status, err := s.opts.Lake.Status(r.Context())
	if err != nil {
		return fmt.Errorf("count the lake: %w", err)
	}
	health := s.opts.Writer.Health()
	return v.encode(struct {
		Success  bool        `json:"success"`
		Writable bool        `json:"writable"`
		Lost     int64       `json:"lost"`
		Lake     lake.Status `json:"lake"`
	}{true, health.OK, health.Lost, status})
}
