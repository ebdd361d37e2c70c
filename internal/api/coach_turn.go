package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/coach"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// turn is one question and its answer, which comes whether or not somebody
// waits for it: a client may leave and come back.
type turn struct {
	who         learner
	question    int64 // id of the message
	answer      int64
	asked       sqldb.CoachQuestion
	files       []coach.Attachment
	record      object    // of the answer, without what becomes of it
	recordID    uuid.UUID // its interaction id
	leave       func()
	claim       *claim // of an Idempotency-Key; nil: none
	userMessage coachMessage

	mu      sync.Mutex
	text    []byte
	done    bool
	reply   coachReply
	err     error         // why there is no whole answer
	changed chan struct{} // closed at each change
}

// coachMessage is the user's message as the front end knows it.
type coachMessage struct {
	ID        int64             `json:"id"`
	Type      string            `json:"type"` // user
	Content   string            `json:"content"`
	MediaType string            `json:"mediaType"`
	MediaURL  *string           `json:"mediaUrl"`
	Files     []attachmentShown `json:"attachments,omitempty"`
	Timestamp string            `json:"timestamp"`
}

// coachReply is the coach's message. What the AI service did not report is
// null.
type coachReply struct {
	ID               int64    `json:"id"`
	Type             string   `json:"type"` // ai
	Content          string   `json:"content"`
	Timestamp        string   `json:"timestamp"`
	Status           string   `json:"status"` // answering, answered, failed, stopped
	Model            string   `json:"model"`
	PromptTokens     *int     `json:"promptTokens"`
	CompletionTokens *int     `json:"completionTokens"`
	TotalTokens      *int     `json:"totalTokens"`
	Cost             *float64 `json:"cost"`
	FirstTokenMS     *float64 `json:"firstTokenMs"`
	DurationMS       float64  `json:"durationMs"`
	FinishReason     string   `json:"finishReason"`
	InteractionID    string   `json:"interactionId"`
}

// add takes a part of the answer in.
func (t *turn) add(s string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, s...)
	t.wake()
	return nil
}

func (t *turn) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// from returns the answer from a place on, whether it is whole, and what is
// closed when there is more.
func (t *turn) from(at int) (text string, done bool, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text[min(at, len(t.text)):]), t.done, t.changed
}

// wait returns the answer when it is whole, or when ctx ends.
func (t *turn) wait(ctx context.Context) (coachReply, error) {
	for {
		_, done, changed := t.from(math.MaxInt)
		if done {
			return t.reply, t.err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return coachReply{}, ctx.Err()
		}
	}
}

// begin stores a question and begins its answer. What is stored is recorded
// at once: the question is in the lake whatever becomes of the answer.
func (s *Server) beginTurn(ctx context.Context, who learner, q *coachAsk) (*turn, error) {
	s.withoutSecrets(q)
	caller := visitOf(ctx).who
	leave, err := s.coaching.enter(caller.UserType + " " + caller.UserID)
	if err != nil {
		return nil, err
	}
	t := &turn{who: who, files: q.files, leave: leave, claim: claimOf(ctx), changed: make(chan struct{})}
	now := s.opts.Now()
	shown := showFiles(q.files)
	t.asked = sqldb.CoachQuestion{Owner: who.owner, Content: q.content, MediaType: mediaKind(q.files), At: now}
	if len(shown) > 0 {
		t.asked.Attachments = jsonText(shown)
	}
	err = s.tx(ctx, func(tx *sqldb.Tx) error { return s.storeTurn(ctx, tx, t, q) })
	if err != nil {
		leave()
		return nil, err
	}
	t.userMessage = coachMessage{ID: t.question, Type: "user", Content: q.content, MediaType: t.asked.MediaType, Files: shown, Timestamp: tpe.FormatTime(now)}
	s.coaching.add(t)
	s.after.Go(func() { s.runTurn(t) })
	return t, nil
}

// withoutSecrets passes a question through the gate: the database keeps it, and
// the AI service gets it.
func (s *Server) withoutSecrets(q *coachAsk) {
	q.content = s.gated(q.content)
	for i := range q.files {
		q.files[i].Name = s.gated(q.files[i].Name)
	}
}

func (s *Server) gated(text string) string {
	return string(s.opts.Gate.AppendText(nil, []byte(text)))
}

// storeTurn puts the question and the place of its answer into the database,
// and the question into the outbox.
func (s *Server) storeTurn(ctx context.Context, tx *sqldb.Tx, t *turn, q *coachAsk) (err error) {
	if t.asked.ConversationID, err = s.conversationFor(ctx, tx, t.who.owner, q.conversation); err != nil {
		return err
	}
	message := object{"role": "user", "content": q.content, "timestamp": tpe.FormatTime(t.asked.At)}
	if len(q.files) > 0 {
		message["attachments"] = showFiles(q.files)
	}
	o := outcome{Type: tpe.TypeAIConcierge, Fields: object{"conversation_id": t.asked.ConversationID, "ai_conversation": object{"messages": []object{message}}}}
	if q.consent != nil {
		o.Fields["metadata"] = object{"training_consent": *q.consent}
	}
	if t.who.owner.ContractorID != 0 {
		o.UserID, o.UserType = idText(t.who.owner.ContractorID), tpe.UserContractor
	}
	asked, err := s.happened(ctx, tx, o)
	if err != nil {
		return err
	}
	t.asked.InteractionID = asked.String()
	if t.question, err = sqldb.AddCoachQuestion(ctx, tx, t.asked); err != nil {
		return err
	}
	o.Type = tpe.TypeAIConciergeResponse
	o.Fields = object{"conversation_id": t.asked.ConversationID, "parent_interaction_id": t.asked.InteractionID}
	t.recordID, t.record = s.newRecord(ctx, o)
	t.answer, err = sqldb.BeginCoachAnswer(ctx, tx, t.asked, t.question, t.recordID.String(), s.coachModel())
	if err == nil && t.claim != nil {
		err = sqldb.NameAnswer(ctx, tx, t.claim.scope, t.claim.key, t.answer)
	}
	return err
}

func (s *Server) coachModel() string {
	if s.opts.Coach == nil {
		return ""
	}
	return s.opts.Coach.Model()
}

// conversationFor returns the id of the conversation that a question belongs
// to: the one named, if it is the owner's or new, else the last one while it
// is fresh, else a new one.
func (s *Server) conversationFor(ctx context.Context, tx *sqldb.Tx, o sqldb.CoachOwner, named string) (string, error) {
	if named != "" {
		own, others, err := sqldb.CoachConversation(ctx, tx, o, named)
		if err == nil && others && !own {
			err = tpe.Errorf(tpe.NotFound, "Conversation not found")
		}
		return named, err
	}
	last, ok, err := sqldb.LastCoachMessage(ctx, tx, o)
	if err != nil {
		return "", err
	}
	if ok && last.CreatedAt.Valid && s.opts.Now().Sub(last.CreatedAt.Time) < coachResume {
		if id, err := uuid.Parse(last.ConversationID.String); err == nil {
			return id.String(), nil
		}
	}
	return uuid.NewString(), nil
}

// runTurn asks the AI service and stores what came of it. It goes on when
// nobody waits for the answer any more.
func (s *Server) runTurn(t *turn) {
	defer t.leave()
	defer s.coaching.remove(t)
	answer, err := s.ask(s.coaching.ctx, t)
	if s.coaching.ctx.Err() != nil && err != nil {
		err = &tpe.Error{Code: tpe.Unavailable, Message: "The server stops; the answer is not whole", Err: errors.Join(errStopping, err)}
	}
	t.mu.Lock()
	t.reply = s.replyOf(t, answer, err)
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.coaching.ctx), s.opts.Limits.Handler)
	defer cancel()
	if saveErr := s.finishTurn(ctx, t, err); saveErr != nil {
		s.opts.Log.Error("an answer of the coach could not be stored; it will be recorded as given up", "message", t.answer, "error", saveErr)
		if err == nil {
			err = saveErr
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err, t.done = err, true
	t.wake()
}

// ask builds the prompt and asks.
func (s *Server) ask(ctx context.Context, t *turn) (coach.Answer, error) {
	if s.opts.Coach == nil {
		return coach.Answer{}, &tpe.Error{Code: tpe.Unavailable, Message: "the AI coach is not set up", Hint: "set OPENAI_API_KEY"}
	}
	if !s.opts.Coach.Ready() {
		return s.opts.Coach.Stream(ctx, nil, t.add) // says why
	}
	data, err := s.coachData(ctx, t.who.contractor)
	if err != nil {
		return coach.Answer{}, err
	}
	said, err := s.history(ctx, t.asked.ConversationID, t.question)
	if err != nil {
		return coach.Answer{}, err
	}
	messages, err := coach.Prompt{Data: data, History: said, Question: t.asked.Content, Attachments: t.files}.Messages()
	if err != nil {
		return coach.Answer{}, err
	}
	return s.opts.Coach.Stream(ctx, messages, t.add)
}

// replyOf says what became of an answer.
func (s *Server) replyOf(t *turn, a coach.Answer, err error) coachReply {
	r := coachReply{
		ID: t.answer, Type: "ai", Content: a.Content, Timestamp: tpe.FormatTime(s.opts.Now()), Status: "answered", Model: a.Model, Cost: a.Cost,
		DurationMS: millis(a.Duration), FinishReason: a.FinishReason, InteractionID: t.recordID.String(),
	}
	if r.Model == "" {
		r.Model = s.coachModel()
	}
	if a.FirstToken > 0 {
		r.FirstTokenMS = ptr(millis(a.FirstToken))
	}
	if u := a.Usage; u != nil {
		r.PromptTokens, r.CompletionTokens, r.TotalTokens = &u.PromptTokens, &u.CompletionTokens, &u.TotalTokens
	}
	switch {
	case err == nil:
	case errors.Is(err, errStopping):
		r.Status, r.FinishReason = "stopped", "stopped"
	default:
		r.Status, r.FinishReason = "failed", "error"
	}
	return r
}

func millis(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Millisecond)*100) / 100
}

// faultOf names the reason of a failure in a word, for the record.
func faultOf(err error) string {
	if err == nil {
		return ""
	}
	if f := coach.FaultOf(err); f != nil {
		return string(f.Reason)
	}
	if errors.Is(err, errStopping) {
		return "server_stopped"
	}
	return string(tpe.CodeOf(err))
}

// finishTurn stores an answer and records it, in one transaction.
func (s *Server) finishTurn(ctx context.Context, t *turn, failure error) error {
	r := &t.reply
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		if err := s.recordAnswer(ctx, tx, t.record, r, faultOf(failure)); err != nil {
			return err
		}
		if failure != nil && t.claim != nil {
			if err := sqldb.ReleaseKey(ctx, tx, t.claim.scope, t.claim.key); err != nil {
				return err
			}
		}
		_, err := sqldb.FinishCoachAnswer(ctx, tx, t.answer, sqldb.CoachAnswer{
			Content: s.gated(r.Content), Status: r.Status, Fault: faultOf(failure), Model: r.Model, FinishReason: r.FinishReason, PromptTokens: r.PromptTokens, CompletionTokens: r.CompletionTokens,
			TotalTokens: r.TotalTokens, Cost: r.Cost, FirstTokenMS: r.FirstTokenMS, DurationMS: r.DurationMS,
		})
		return err
	})
}

// recordAnswer puts the record of an answer into the outbox.
func (s *Server) recordAnswer(ctx context.Context, tx *sqldb.Tx, rec object, r *coachReply, fault string) error {
	if !s.opts.Outcomes {
		return nil
	}
	messages := []object{}
	if r.Content != "" {
		m := object{"role": "assistant", "content": r.Content, "timestamp": r.Timestamp, "model": r.Model}
		if r.CompletionTokens != nil {
			m["tokens"] = *r.CompletionTokens
		}
		messages = append(messages, m)
	}
	conversation := object{"messages": messages, "cost": r.Cost, "model": r.Model, "duration_ms": r.DurationMS, "finish_reason": r.FinishReason}
	for name, n := range map[string]*int{"prompt_tokens": r.PromptTokens, "completion_tokens": r.CompletionTokens, "total_tokens": r.TotalTokens} {
		if n != nil {
			conversation[name] = *n
		}
	}
	if r.FirstTokenMS != nil {
		conversation["first_token_ms"] = *r.FirstTokenMS
	}
	if fault != "" {
		conversation["error"] = fault
	}
	rec["ai_conversation"] = conversation
	rec["timestamp"] = r.Timestamp
	clean, err := s.clean(rec)
	if err != nil {
		return fmt.Errorf("make a %v record: %w", rec["interaction_type"], err)
	}
	return tx.Record(ctx, clean)
}

// coachGivenUp is how long after its beginning an answer is given up whose
// process has ended: longer than any answer takes.
const coachGivenUp = 15 * time.Minute

// giveUpTurns completes the records of answers that were under way when their
// process was killed.
func (s *Server) giveUpTurns(ctx context.Context) error {
	stale, err := sqldb.StaleCoachAnswers(ctx, s.opts.DB, s.opts.Now().Add(-coachGivenUp))
	if err != nil {
		return err
	}
	for _, m := range stale {
		if s.coaching.find(m.ID) != nil {
			continue
		}
		if err := s.tx(ctx, func(tx *sqldb.Tx) error { return s.giveUp(ctx, tx, m) }); err != nil {
			return err
		}
	}
	return nil
}

// giveUp records an answer that will not come. Of two processes that try, one
// does it.
func (s *Server) giveUp(ctx context.Context, tx *sqldb.Tx, m sqldb.CoachMessage) error {
	r := &coachReply{Timestamp: tpe.FormatTime(s.opts.Now()), Model: m.Model.String, FinishReason: "stopped", Status: "stopped"}
	mine, err := sqldb.FinishCoachAnswer(ctx, tx, m.ID, sqldb.CoachAnswer{Status: r.Status, Fault: "process_ended", Model: r.Model, FinishReason: r.FinishReason})
	if err != nil || !mine {
		return err
	}
	rec := object{
		"interaction_id": m.InteractionID.String, "interaction_type": tpe.TypeAIConciergeResponse, "user_id": m.UserID.String, "user_type": m.UserType.String,
		"conversation_id": m.ConversationID.String,
		"metadata":        object{"app_version": s.opts.Version, "environment": s.opts.Environment, "schema_version": tpe.SchemaVersion, "user_agent": "", "ip_address": ""},
	}
	if m.ContractorID.Valid {
		rec["user_id"], rec["user_type"] = idText(int64(m.ContractorID.Float)), tpe.UserContractor
	}
	if q, err := sqldb.CoachMessageByID(ctx, tx, ownerOf(m), int64(m.ReplyTo.Float)); err == nil && q.InteractionID.Valid {
		rec["parent_interaction_id"] = q.InteractionID.String
	}
	return s.recordAnswer(ctx, tx, rec, r, "process_ended")
}

func ownerOf(m sqldb.CoachMessage) sqldb.CoachOwner {
	return sqldb.CoachOwner{ContractorID: int64(m.ContractorID.Float), UserType: m.UserType.String, UserID: m.UserID.String}
}
