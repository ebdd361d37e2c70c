package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// longestQuestion is how long after a question has come it may take until it
// is stored.
const longestQuestion = time.Minute

// hash names a question by what it says: the parts of a form have other
// borders each time.
func (q *coachAsk) hash(r *http.Request) string {
	consent := "not said"
	if q.consent != nil {
		consent = strconv.FormatBool(*q.consent)
	}
	text := fmt.Sprintf("%q %q %d %s", q.content, q.conversation, q.contractor, consent)
	for _, f := range q.files {
		text += fmt.Sprintf(" %q %s", f.Name, sha256Hex(f.Data))
	}
	return requestHash(r, []byte(text))
}

// askedBefore answers a question with an Idempotency-Key that was asked
// before: with the same answer, which may still be coming. It is false when
// the question is new; then the visit has the claim. A question that got no
// whole answer can be asked again.
func (s *Server) askedBefore(ctx context.Context, v *visit, r *http.Request, who learner, q *coachAsk) (bool, error) {
	c, err := keyOf(v, r)
	if err != nil || c == nil {
		return false, err
	}
	hash := q.hash(r)
	known, err := s.claim(ctx, *c, hash, longestQuestion)
	if err != nil {
		return false, err
	}
	if known == nil {
		v.claim = c
		return false, nil
	}
	if known.RequestHash != hash {
		return false, errOtherRequest
	}
	id, err := strconv.ParseInt(known.Body.String, 10, 64)
	if err != nil {
		return true, replay(v, known)
	}
	v.Header().Set("Idempotency-Replayed", "true")
	if t := s.coaching.find(id); t != nil {
		return true, s.answerTurn(ctx, v, r, t, q.stream)
	}
	row, err := sqldb.CoachMessageByID(ctx, s.opts.DB, who.owner, id)
	if err != nil {
		return false, err
	}
	reply := storedReply(row)
	switch {
	case reply.Status == "failed" || reply.Status == "stopped":
		s.release(ctx, *c)
		return false, &tpe.Error{Code: tpe.Unavailable, Message: "The answer is not whole", Hint: "ask again"}
	case q.stream:
		return true, s.streamStored(ctx, v, who.owner, id, 0)
	case reply.Status == "answering":
		return false, tpe.Errorf(tpe.Conflict, "The first request with this Idempotency-Key is still being answered")
	}
	asked, err := sqldb.CoachMessageByID(ctx, s.opts.DB, who.owner, int64(row.ReplyTo.Float))
	if err != nil {
		return false, err
	}
	v.Header()["Cache-Control"] = []string{"no-store"}
	return true, v.encode(object{"success": true, "conversationId": row.ConversationID.String, "userMessage": storedQuestion(asked), "aiResponse": reply})
}

// storedQuestion is a question as it is stored.
func storedQuestion(m sqldb.CoachMessage) coachMessage {
	shown := shownMessage(m)
	return coachMessage{ID: m.ID, Type: "user", Content: shown.Content, MediaType: shown.MediaType, MediaURL: shown.MediaURL, Files: attachmentsOf(m.Attachments.String), Timestamp: shown.CreatedAt}
}
