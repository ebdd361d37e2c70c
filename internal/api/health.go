package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/power100/tpe/internal/tpe"
)

// health answers as the older service does: the process runs.
func (s *Server) health(v *visit, _ *http.Request) error {
	b := append(v.scratch[:0], `{"status":"ok","timestamp":"`...)
	b = tpe.AppendTime(b, s.opts.Now())
	b = append(b, `","environment":`...)
	b = tpe.AppendString(b, s.opts.Environment)
	b = append(b, `,"version":`...)
	b = tpe.AppendString(b, s.opts.Version)
	b = append(b, "}\n"...)
	v.json(http.StatusOK, b)
	return nil
}

// livez says that the process can answer.
func (s *Server) livez(v *visit, _ *http.Request) error {
	v.json(http.StatusOK, append(v.scratch[:0], `{"status":"ok"}`+"\n"...))
	return nil
}

// readyz says whether requests should come here: the lake can be written,
// the database answers, and the server is not stopping. The error is of the
// code Unavailable and says what is wrong.
func (s *Server) readyz(v *visit, r *http.Request) error {
	if s.stopping.Load() {
		return &tpe.Error{Code: tpe.Unavailable, Message: "The server is stopping"}
	}
	if h := s.opts.Writer.Health(); !h.OK {
		return &tpe.Error{Code: tpe.Unavailable, Message: "The lake cannot be written since " + tpe.FormatTime(h.Since), Err: errors.New(h.Reason)}
	}
	if err := s.opts.DB.Ping(r.Context()); err != nil {
		return &tpe.Error{Code: tpe.Unavailable, Message: "The database does not answer", Err: err}
	}
	b := append(v.scratch[:0], `{"status":"ok","lake":"ok","database":"ok"`...)
	b = s.appendCopies(b)
	v.json(http.StatusOK, append(b, "}\n"...))
	return nil
}

// appendCopies writes how far the copies of the lake are behind. A copy that
// is away makes it degraded and not unready: nothing is lost, and it catches
// up. Why it is away is in the log, and not for everybody to read.
func (s *Server) appendCopies(b []byte) []byte {
	if len(s.opts.Copies) == 0 {
		return b
	}
	b = append(b, `,"copies":[`...)
	for i, c := range s.opts.Copies {
		lag := c.Lag()
		status := "ok"
		switch {
		case lag.Degraded():
			status = "degraded"
		case lag.Pending > 0:
			status = "behind"
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = tpe.AppendString(b, lag.Name)
		b = append(b, `,"status":"`+status+`","pending":`...)
		b = strconv.AppendInt(b, lag.Pending, 10)
		b = append(b, `,"unit":`...)
		b = tpe.AppendString(b, lag.Unit)
		b = append(b, `,"lag_seconds":`...)
		b = strconv.AppendFloat(b, lag.Age.Seconds(), 'f', 3, 64)
		if !lag.Last.IsZero() {
			b = append(b, `,"complete_at":"`...)
			b = tpe.AppendTime(b, lag.Last)
			b = append(b, '"')
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// json answers with a JSON text, which becomes the visit's scratch buffer.
func (v *visit) json(status int, b []byte) {
	h := v.Header()
	h["Content-Type"] = []string{"application/json; charset=utf-8"}
	h["Cache-Control"] = []string{"no-store"}
	v.WriteHeader(status)
	_, _ = v.Write(b) // the sender is gone; the visit has noted it
	v.scratch = b
}
