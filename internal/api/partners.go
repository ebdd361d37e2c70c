package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/sqldb"
)

// activePartners answers with the partners that contractors can be matched with,
// the best first. Everybody gets this list, so it is kept encoded until a
// partner changes; what another process changes shows after activeLife.
func (s *Server) activePartners(ctx context.Context, _ *struct{}) (*activePartnersOutput, error) {
	now, version := s.opts.Now(), s.opts.DB.PartnersVersion()
	if l := s.active.Load(); l != nil && l.version == version && now.Before(l.until) && now.After(l.until.Add(-activeLife)) {
		return &activePartnersOutput{activePartnersBody{encoded: l.body}}, nil
	}
	list, err := s.opts.DB.ActivePartners(ctx)
	if err != nil {
		return nil, err
	}
	body := activePartnersBody{Success: true, Count: len(list), Partners: list}
	var b bytes.Buffer
	if err := huma.DefaultJSONFormat.Marshal(&b, body); err != nil {
		return nil, fmt.Errorf("encode the partners: %w", err)
	}
	body.encoded = b.Bytes()
	s.active.Store(&activeList{body: body.encoded, version: version, until: now.Add(activeLife)})
	return &activePartnersOutput{body}, nil
}

const activeLife = time.Second

// activeList is the answer as it is kept.
type activeList struct {
	body    []byte
	version uint64 // of the partners before they were read
	until   time.Time
}

type activePartnersOutput struct {
	Body activePartnersBody
}

type activePartnersBody struct {
	Success  bool                  `json:"success"`
	Count    int                   `json:"count"`
	Partners []sqldb.ActivePartner `json:"partners"`
	encoded  []byte
}

// inJSON is for marshal.
func (b activePartnersBody) inJSON() []byte { return b.encoded }

// marshal encodes an answer, unless it comes encoded.
func marshal(w io.Writer, v any) error {
	if e, ok := v.(interface{ inJSON() []byte }); ok {
		_, err := w.Write(e.inJSON())
		return err
	}
	return huma.DefaultJSONFormat.Marshal(w, v)
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
