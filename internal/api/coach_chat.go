package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/coach"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// chat answers POST /api/ai-coach/chat and the older /message: in one piece,
// or as server-sent events. A request with a Last-Event-ID goes on with the
// answer that the id names, and asks nothing.
func (s *Server) chat(v *visit, r *http.Request) error {
	if err := s.admit(v, r, contractor|admin); err != nil {
		return err
	}
	ctx := context.WithValue(r.Context(), visitKey{}, v)
	if last := first(r.Header, "Last-Event-Id"); last != "" {
		return s.resume(ctx, v, r, last)
	}
	q, err := readAsk(r)
	if err != nil {
		return err
	}
	who, err := s.learner(ctx, v.who, q.contractor)
	if err != nil {
		return err
	}
	if err := who.mayAsk(); err != nil {
		return err
	}
	again, err := s.askedBefore(ctx, v, r, who, q)
	if err != nil || again {
		return err
	}
	t, err := s.beginTurn(ctx, who, q)
	if c := v.claim; c != nil && err != nil {
		s.release(ctx, *c)
	}
	v.claim = nil
	if err != nil {
		return err
	}
	return s.answerTurn(ctx, v, r, t, q.stream)
}

// answerTurn answers with what the coach says: as it comes, or when it is
// whole.
func (s *Server) answerTurn(ctx context.Context, v *visit, r *http.Request, t *turn, stream bool) error {
	if stream {
		return s.streamTurn(ctx, v, t, 0)
	}
	reply, err := t.wait(ctx)
	if err != nil {
		return s.turnFailed(v, r, t, err)
	}
	v.Header()["Cache-Control"] = []string{"no-store"}
	return v.encode(object{"success": true, "conversationId": t.asked.ConversationID, "userMessage": t.userMessage, "aiResponse": reply})
}

// turnFailed answers that there is no answer, with what there is of it.
func (s *Server) turnFailed(v *visit, r *http.Request, t *turn, err error) error {
	if ctx := r.Context(); ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err // nobody is there
	}
	if f := coach.FaultOf(err); f != nil && f.RetryAfter > 0 {
		v.Header().Set("Retry-After", later{after: f.RetryAfter}.seconds())
	}
	extra, encodeErr := members(object{"conversationId": t.asked.ConversationID, "userMessage": t.userMessage, "aiResponse": t.reply})
	if encodeErr != nil {
		return encodeErr
	}
	s.failWith(v, r, err, extra)
	return nil
}

// members writes the members of an object, each with a comma before it.
func members(o object) ([]byte, error) {
	b, err := json.Marshal(o)
	if err != nil || len(b) < 3 {
		return nil, err
	}
	return append([]byte(","), b[1:len(b)-1]...), nil
}

// eventID names a place in an answer: the id of the message, and how many
// bytes of it are before the place.
func eventID(answer int64, at int) string { return fmt.Sprintf("%d:%d", answer, at) }

func parseEventID(s string) (answer int64, at int, err error) {
	id, place, found := strings.Cut(s, ":")
	answer, err = strconv.ParseInt(id, 10, 64)
	if err == nil && found {
		at, err = strconv.Atoi(place)
	}
	if err != nil || !found || answer < 1 || answer > maxIdent || at < 0 {
		return 0, 0, misuse("header.Last-Event-ID", "The Last-Event-ID is not one that was given out")
	}
	return answer, at, nil
}

// sse writes server-sent events.
type sse struct {
	v   *visit
	err error
}

// begin sends the head.
func (w *sse) begin() {
	h := w.v.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	w.v.WriteHeader(http.StatusOK)
}

// send sends one event; id may be empty.
func (w *sse) send(id, name string, data any) {
	b, err := json.Marshal(data)
	if err != nil {
		w.err = errors.Join(w.err, fmt.Errorf("encode event: %w", err))
	}
	if w.err != nil {
		return
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	_, err = fmt.Fprintf(w.v, "%sevent: %s\ndata: %s\n\n", id, name, b)
	w.err = errors.Join(err, w.v.FlushError())
}

// beat keeps the connection open.
func (w *sse) beat() {
	if w.err == nil {
		_, err := w.v.Write([]byte(": waiting\n\n"))
		w.err = errors.Join(err, w.v.FlushError())
	}
}

// streamTurn sends an answer from a place on, as it comes. When the client
// leaves, the answer goes on without it.
func (s *Server) streamTurn(ctx context.Context, v *visit, t *turn, at int) error {
	w := &sse{v: v}
	w.begin()
	w.send(eventID(t.answer, at), "start", object{"conversationId": t.asked.ConversationID, "messageId": t.answer, "userMessage": t.userMessage})
	beat := time.NewTicker(s.opts.Limits.Heartbeat)
	defer beat.Stop()
	for w.err == nil {
		text, done, changed := t.from(at)
		if text != "" {
			at += len(text)
			w.send(eventID(t.answer, at), "delta", object{"text": text})
			beat.Reset(s.opts.Limits.Heartbeat)
		}
		if done {
			s.sendEnd(w, t.reply, t.err)
			return nil
		}
		select {
		case <-changed:
		case <-beat.C:
			w.beat()
		case <-ctx.Done():
			v.note("client closed")
			return nil
		}
	}
	v.note("client closed")
	return nil
}

// sendEnd sends the last event: the whole message, or why there is none.
func (s *Server) sendEnd(w *sse, reply coachReply, err error) {
	if err == nil {
		w.send("", "done", object{"aiResponse": reply})
		return
	}
	p := problem{status: statusOf(tpe.CodeOf(err)), code: tpe.CodeOf(err), detail: "internal error"}
	var known *tpe.Error
	if p.code != tpe.Internal && errors.As(err, &known) {
		p.detail, p.hint = known.Message, known.Hint
	}
	w.v.note("coach failed")
	s.opts.Log.Error("the coach gave no whole answer", "request_id", w.v.requestID, "message", reply.ID, "error", err)
	w.send("", "error", object{"success": false, "status": p.status, "error": p.detail, "message": p.detail, "code": p.code, "hint": p.hint, "aiResponse": reply})
}

// resumeRoute answers GET /api/ai-coach/chat/{id}/stream.
func (s *Server) resumeRoute(v *visit, r *http.Request) error {
	if err := s.admit(v, r, contractor|admin); err != nil {
		return err
	}
	last := first(r.Header, "Last-Event-Id")
	if last == "" {
		last = r.PathValue("id") + ":0"
	}
	if id, _, err := parseEventID(last); err == nil && idText(id) != r.PathValue("id") {
		return tpe.Errorf(tpe.Conflict, "The Last-Event-ID is of another message")
	}
	return s.resume(context.WithValue(r.Context(), visitKey{}, v), v, r, last)
}

// resume goes on with an answer: one that is under way here, or one that is
// stored. One that another process gives is waited for.
func (s *Server) resume(ctx context.Context, v *visit, r *http.Request, last string) error {
	id, at, err := parseEventID(last)
	if err != nil {
		return err
	}
	named := int64(0)
	if q := r.URL.Query(); q.Has("contractor_id") {
		text := q.Get("contractor_id")
		if named, err = strconv.ParseInt(text, 10, 64); err != nil || named < 1 || named > maxIdent {
			return misuse("query.contractor_id", "Contractor id: a whole number from 1 is expected")
		}
	}
	who, err := s.learner(ctx, v.who, named)
	if err != nil {
		return err
	}
	row, err := sqldb.CoachMessageByID(ctx, s.opts.DB, who.owner, id)
	if err == nil && row.MessageType.String != "ai" {
		err = tpe.Errorf(tpe.NotFound, "Message not found")
	}
	if err != nil {
		return err
	}
	if t := s.coaching.find(id); t != nil {
		return s.streamTurn(ctx, v, t, at)
	}
	// It may have ended between the two looks.
	return s.streamStored(ctx, v, who.owner, id, at)
}

// streamStored sends a stored answer from a place on, when it is whole.
func (s *Server) streamStored(ctx context.Context, v *visit, owner sqldb.CoachOwner, id int64, at int) error {
	row, err := sqldb.CoachMessageByID(ctx, s.opts.DB, owner, id)
	if err != nil {
		return err
	}
	w := &sse{v: v}
	w.begin()
	w.send(eventID(id, at), "start", object{"conversationId": row.ConversationID.String, "messageId": id})
	look := time.NewTicker(time.Second)
	defer look.Stop()
	lastBeat := s.opts.Now()
	for row.Status.String == "answering" && w.err == nil {
		select {
		case <-look.C:
		case <-ctx.Done():
			v.note("client closed")
			return nil
		}
		if row, err = sqldb.CoachMessageByID(ctx, s.opts.DB, owner, id); err != nil {
			s.sendEnd(w, coachReply{ID: id, Type: "ai"}, err)
			return nil
		}
		if now := s.opts.Now(); now.Sub(lastBeat) >= s.opts.Limits.Heartbeat {
			lastBeat = now
			w.beat()
		}
	}
	if text := row.Content.String[min(at, len(row.Content.String)):]; text != "" {
		w.send(eventID(id, at+len(text)), "delta", object{"text": text})
	}
	reply := storedReply(row)
	if reply.Status == "failed" || reply.Status == "stopped" {
		err = &tpe.Error{Code: tpe.Unavailable, Message: "The answer is not whole", Hint: "ask again"}
	}
	s.sendEnd(w, reply, err)
	return nil
}

// storedReply is an answer as it is stored. An answer of the older service
// has no status: it is whole.
func storedReply(m sqldb.CoachMessage) coachReply {
	r := coachReply{
		ID: m.ID, Type: "ai", Content: m.Content.String, Status: m.Status.String, Model: m.Model.String, FinishReason: m.FinishReason.String,
		DurationMS: m.DurationMS.Float, InteractionID: m.InteractionID.String, Timestamp: isoTime(m.CreatedAt),
	}
	if r.Status == "" {
		r.Status = "answered"
	}
	whole := func(n sqldb.Number) *int {
		if !n.Valid {
			return nil
		}
		return ptr(int(n.Float))
	}
	r.PromptTokens, r.CompletionTokens, r.TotalTokens = whole(m.PromptTokens), whole(m.CompletionTokens), whole(m.TotalTokens)
	if m.Cost.Valid {
		r.Cost = &m.Cost.Float
	}
	if m.FirstTokenMS.Valid {
		r.FirstTokenMS = &m.FirstTokenMS.Float
	}
	return r
}

// isoTime writes a time as the front end of the coach reads it.
func isoTime(t sqldb.Time) string {
	if !t.Valid {
		return ""
	}
	return tpe.FormatTime(t.Time)
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// chatDoc describes the two routes that ask the coach.
func chatDoc(op *huma.Operation) {
	flag := []*huma.Schema{{Type: huma.TypeBoolean}, {Type: huma.TypeString, Enum: []any{"true", "false"}}} // as in a form
	ask := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Required: []string{"content"}, Properties: map[string]*huma.Schema{
		"content":          {Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(maxQuestion), Pattern: `[^\s\x00]`, Description: "The question."},
		"conversationId":   {AnyOf: []*huma.Schema{{Type: huma.TypeString, Format: "uuid"}, {Type: huma.TypeString, MaxLength: ptr(0)}}, Description: "Goes on with a conversation. Without it, with the last one of the last half hour."},
		"contractor_id":    {AnyOf: ident(0).Schema(nil).AnyOf, Description: "For administrators: whose conversation it is."},
		"stream":           {AnyOf: flag, Description: "Answer with server-sent events, as Accept: text/event-stream does."},
		"training_consent": {AnyOf: flag, Description: "Whether the conversation may train a model. The last word of a person counts."},
	}}
	form := formOf(map[string]*huma.Schema{
		"content": ask.Properties["content"], "conversationId": ask.Properties["conversationId"],
		"media": {Type: huma.TypeString, Format: "binary", Description: "An image, a video, a recording, a PDF, a Word file or plain text, 10 MB at most."}})
	form.AnyOf = []*huma.Schema{{Required: []string{"content"}}, {Required: []string{"media"}}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json":    {Schema: ask},
		"multipart/form-data": {Schema: form, Encoding: map[string]*huma.Encoding{"media": {ContentType: "image/png, image/jpeg, text/plain, application/pdf, audio/mpeg, video/mp4"}}}}}
	op.Description = "The coach answers with the contractor's profile, the partners that fit and their feedback. The question is recorded at once, the answer when it ends, also when the client has left. Files are handed to the AI service and recorded by name, type, size and SHA-256; they are not kept.\n\nEvents: start, delta ({\"text\"}), then done or error. Each has an id; a request with it as Last-Event-ID goes on from there."
	op.Parameters = append(op.Parameters, lastEvent(), keyParam())
	answerDoc(op)
}

func lastEvent() *huma.Param {
	return &huma.Param{Name: "Last-Event-ID", In: "header", Description: "The id of the last event that came.", Schema: &huma.Schema{Type: huma.TypeString, Pattern: eventPattern}}
}

// eventSchema describes one event of a stream.
func eventSchema() *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "One event of the stream.", Required: []string{"event", "data"}, Properties: map[string]*huma.Schema{
		"id":    {Type: huma.TypeString, Pattern: eventPattern},
		"event": {Type: huma.TypeString, Enum: []any{"start", "delta", "done", "error"}},
		"data":  {Type: huma.TypeString, Description: "A JSON object."}}}
}

const eventPattern = `^[1-9][0-9]{0,14}:[0-9]{1,9}$`

func answerDoc(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "The answer", Content: map[string]*huma.MediaType{
		"application/json":  {Schema: anyObject()},
		"text/event-stream": {Schema: eventSchema()},
	}}
}

// resumeDoc describes the route that goes on with an answer.
func resumeDoc(op *huma.Operation) {
	op.Description = "Sends an answer from Last-Event-ID on, or from its beginning: as it comes, or as it is stored."
	op.Parameters = append(op.Parameters, lastEvent(),
		&huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(1.0), Maximum: ptr(float64(maxIdent))}},
		&huma.Param{Name: "contractor_id", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(1.0), Maximum: ptr(float64(maxIdent))}, Description: "For administrators."})
	op.Responses["200"] = &huma.Response{Description: "The rest of the answer", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: eventSchema()}}}
}
