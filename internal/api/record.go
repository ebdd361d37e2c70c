package api

import (
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Lengths in bytes of what is kept of a request's head.
const (
	maxAgent = 1 << 10
	maxLink  = 4 << 10
	maxQuery = 100 // parameters
)

// record writes the api_call record of a request: it has been handed to the
// operating system when record returns, or is on disk when the lake is asked
// for that. What cannot be stored is counted by the lake's writer and does
// not disturb the request.
func (s *Server) record(v *visit, took time.Duration) {
	s.describe(v, took)
	v.record = v.call.AppendJSON(v.record[:0])
	err := v.tape.Parse(v.record)
	if err != nil && v.call.BodyJSON {
		// A body that is nested as deeply as may be is too deep in a record.
		v.call.BodyJSON = false
		v.record = v.call.AppendJSON(v.record[:0])
		err = v.tape.Parse(v.record)
	}
	if err != nil {
		s.metrics.untracked.Inc()
		s.opts.Log.Error("request not tracked", "request_id", v.requestID, "error", err)
		return
	}
	clean, _ := s.opts.Gate.Record(&v.tape)
	if _, err := s.opts.Writer.Append(background(v.r), lake.System, clean); err != nil {
		s.metrics.untracked.Inc() // the writer has logged why
		return
	}
	s.metrics.tracked.Inc()
}

// describe fills the visit's call.
func (s *Server) describe(v *visit, took time.Duration) {
	r := v.r
	userID, userType := v.who.UserID, v.who.UserType
	if userID == "" {
		userID, userType = tpe.Anonymous, tpe.UserUnknown
	}
	if r.Context().Err() != nil || v.err != nil {
		v.broken = true
		v.note("client closed")
	}
	if v.body.err != nil && !errors.Is(v.body.err, io.EOF) {
		v.note("body ended early")
	}
	if v.nameless {
		v.body.kept = v.body.kept[:0]
	}
	v.query = appendQuery(v.query[:0], r.URL.RawQuery)
	v.call = tpe.Call{
		ID: v.id, Time: v.start, UserID: userID, UserType: userType, SessionID: v.session, PartnerID: v.who.PartnerID,
		Method: r.Method, Path: v.path, Route: v.route(), Query: v.query, ContentType: mediaType(first(r.Header, "Content-Type")),
		Body: v.body.kept, BodyBytes: v.body.size(), BodyCut: int64(len(v.body.kept)) < v.body.size(),
		Status: v.status, Duration: took, ResponseBytes: v.total, Aborted: v.broken || !v.whole(),
		Fault: v.fault, RequestID: v.requestID, Upstream: v.upstream, AppVersion: s.opts.Version, Environment: s.opts.Environment,
		UserAgent: cut(first(r.Header, "User-Agent"), maxAgent), IPAddress: v.ip, Referer: cut(first(r.Header, "Referer"), maxLink),
	}
	v.call.BodyJSON = !v.call.BodyCut && looksJSON(v.body.kept) && v.tape.Parse(v.body.kept) == nil
}

// looksJSON reports whether b may be an object or an array.
func looksJSON(b []byte) bool {
	for _, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n':
		case '{', '[':
			return true
		default:
			return false
		}
	}
	return false
}

// cut shortens s to n bytes at most, between two characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// appendQuery reads a query string. A parameter that comes several times has
// its values with commas between, since a record has each name once.
func appendQuery(dst [][2]string, raw string) [][2]string {
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, value = unescape(name), unescape(value)
		if i := slices.IndexFunc(dst, func(kv [2]string) bool { return kv[0] == name }); i >= 0 {
			dst[i][1] += "," + value
		} else if len(dst) < maxQuery {
			dst = append(dst, [2]string{name, value})
		}
	}
	return dst
}

// unescape decodes what it can, and makes it valid text: two names that
// differ only in bytes that are none would become one.
func unescape(s string) string {
	if strings.ContainsAny(s, "%+") {
		if plain, err := url.QueryUnescape(s); err == nil {
			s = plain
		}
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// recordGap writes down that calls were not tracked, once the disk is back.
func (s *Server) recordGap(ctx context.Context) {
	s.gaps.Lock()
	defer s.gaps.Unlock()
	gap, ok := s.opts.Writer.Gap()
	if !ok {
		return
	}
	var t tape.Tape
	if err := t.Parse(s.gapRecord(gap, tpe.NewID())); err != nil {
		s.opts.Log.Error("gap not recorded", "error", err)
		return
	}
	clean, _ := s.opts.Gate.Record(&t)
	if _, err := s.opts.Writer.Append(ctx, lake.Disk, clean); err != nil {
		s.opts.Log.Error("gap not recorded", "error", err)
		return
	}
	s.opts.Writer.GapRecorded(gap)
	s.opts.Log.Warn("calls were not tracked", "since", gap.Since, "until", gap.Until, "lost", gap.Lost, "reason", gap.Reason)
}

// gapRecord is a performance record of the server's own: its metadata.gap
// says how many calls have no record, from when to when, and why.
func (s *Server) gapRecord(gap lake.Gap, id uuid.UUID) []byte {
	b := append([]byte(nil), `{"interaction_id":"`...)
	b = append(b, id.String()...)
	b = append(b, `","timestamp":"`...)
	b = tpe.AppendTime(b, gap.Until)
	b = append(b, `","interaction_type":"`+tpe.TypePerformance+`","user_id":"`+tpe.Anonymous+`","user_type":"`+tpe.UserUnknown+`","performance":{},"metadata":{"app_version":`...)
	b = tpe.AppendString(b, s.opts.Version)
	b = append(b, `,"environment":`...)
	b = tpe.AppendString(b, s.opts.Environment)
	b = append(b, `,"user_agent":"","ip_address":"","schema_version":"`+tpe.SchemaVersion+`","gap":{"lost":`...)
	b = strconv.AppendInt(b, gap.Lost, 10)
	b = append(b, `,"since":"`...)
	b = tpe.AppendTime(b, gap.Since)
	b = append(b, `","until":"`...)
	b = tpe.AppendTime(b, gap.Until)
	b = append(b, `","reason":`...)
	b = tpe.AppendString(b, gap.Reason)
	return append(b, "}}}"...)
}
