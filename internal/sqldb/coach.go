package sqldb

import (
	"context"
	"fmt"
	"time"
)

// CoachMessage is a message to the coach, or from it.
type CoachMessage struct {
	ID               int64  `json:"id"`
	ContractorID     Number `json:"contractor_id"`
	UserType         Text   `json:"user_type"`
	UserID           Text   `json:"user_id"`
	MessageType      Text   `json:"message_type"` // user, ai
	Content          Text   `json:"content"`
	MediaType        Text   `json:"media_type"`
	MediaURL         Text   `json:"media_url"`
	Attachments      Text   `json:"attachments"`
	CreatedAt        Time   `json:"created_at"`
	ConversationID   Text   `json:"conversation_id"`
	InteractionID    Text   `json:"interaction_id"`
	ReplyTo          Number `json:"reply_to"`
	Status           Text   `json:"status"` // of an answer: answering, answered, failed, stopped
	Fault            Text   `json:"fault"`
	Model            Text   `json:"model"`
	PromptTokens     Number `json:"prompt_tokens"`
	CompletionTokens Number `json:"completion_tokens"`
	TotalTokens      Number `json:"total_tokens"`
	Cost             Number `json:"cost"`
	FirstTokenMS     Number `json:"first_token_ms"`
	DurationMS       Number `json:"duration_ms"`
	FinishReason     Text   `json:"finish_reason"`
	StartedMS        Number `json:"started_ms"`
}

// CoachOwner is whose conversation it is: a contractor's, or that of a user
// who is none.
type CoachOwner struct {
	ContractorID     int64 // 0: none
	UserType, UserID string
}

func (o CoachOwner) limit(w *where) {
	if o.ContractorID != 0 {
		w.and("contractor_id = ?", o.ContractorID)
		return
	}
	w.and("contractor_id IS NULL")
	w.and("user_type = ?", o.UserType)
	w.and("user_id = ?", o.UserID)
}

func (o CoachOwner) contractor() any {
	if o.ContractorID == 0 {
		return nil
	}
	return o.ContractorID
}

// CoachQuestion is a message to the coach that is new.
type CoachQuestion struct {
	Owner                        CoachOwner
	ConversationID               string
	InteractionID                string
	Content, MediaType, MediaURL string
	Attachments                  string // JSON; empty: none
	At                           time.Time
}

// AddCoachQuestion adds a message to the coach and returns its id.
func AddCoachQuestion(ctx context.Context, tx *Tx, q CoachQuestion) (int64, error) {
	id, _, err := value[int64](ctx, tx, `INSERT INTO ai_coach_conversations (contractor_id, user_type, user_id, message_type, content, media_type, media_url, attachments, conversation_id, interaction_id, created_at)
		VALUES (?, ?, ?, 'user', ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		q.Owner.contractor(), q.Owner.UserType, q.Owner.UserID, q.Content, q.MediaType, orNull(q.MediaURL), orNull(q.Attachments), q.ConversationID, q.InteractionID, Stamp(q.At))
	if err != nil {
		return 0, fmt.Errorf("add message to the coach: %w", err)
	}
	return id, nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// BeginCoachAnswer adds the answer to a question, which is still to come, and
// returns its id.
func BeginCoachAnswer(ctx context.Context, tx *Tx, q CoachQuestion, question int64, interactionID, model string) (int64, error) {
	id, _, err := value[int64](ctx, tx, `INSERT INTO ai_coach_conversations (contractor_id, user_type, user_id, message_type, content, media_type, conversation_id, interaction_id, reply_to, status, model, started_ms, created_at)
		VALUES (?, ?, ?, 'ai', '', 'text', ?, ?, ?, 'answering', ?, ?, ?) RETURNING id`,
		q.Owner.contractor(), q.Owner.UserType, q.Owner.UserID, q.ConversationID, interactionID, question, model, q.At.UnixMilli(), Stamp(q.At))
	if err != nil {
		return 0, fmt.Errorf("begin answer of the coach: %w", err)
	}
	return id, nil
}

// CoachAnswer is what became of an answer.
type CoachAnswer struct {
	Content, Status, Fault, Model, FinishReason string
	// The tokens are nil when they are not known, and so is the cost.
	PromptTokens, CompletionTokens, TotalTokens *int
	Cost                                        *float64
	FirstTokenMS                                *float64
	DurationMS                                  float64
}

// FinishCoachAnswer notes what became of an answer that was still to come. It
// reports whether it was: the history may have been cleared, or another
// process may have given it up.
func FinishCoachAnswer(ctx context.Context, tx *Tx, id int64, a CoachAnswer) (bool, error) {
	n, err := run(ctx, tx, `UPDATE ai_coach_conversations SET content = ?, status = ?, fault = ?, model = ?, finish_reason = ?, prompt_tokens = ?, completion_tokens = ?, total_tokens = ?,
		cost = ?, first_token_ms = ?, duration_ms = ? WHERE id = ? AND status = 'answering'`,
		a.Content, a.Status, orNull(a.Fault), a.Model, a.FinishReason, a.PromptTokens, a.CompletionTokens, a.TotalTokens, a.Cost, a.FirstTokenMS, a.DurationMS, id)
	if err != nil {
		return false, fmt.Errorf("finish answer %d of the coach: %w", id, err)
	}
	return n > 0, nil
}

// CoachMessageByID returns a message of an owner. The error is of the code
// NotFound when there is none.
func CoachMessageByID(ctx context.Context, c Conn, o CoachOwner, id int64) (CoachMessage, error) {
	var w where
	w.and("id = ?", id)
	o.limit(&w)
	row, ok, err := one[CoachMessage](ctx, c, `SELECT `+columns[CoachMessage]("")+` FROM ai_coach_conversations`+w.text.String(), w.args...)
	switch {
	case err != nil:
		return row, fmt.Errorf("find message %d: %w", id, err)
	case !ok:
		return row, notFound("Message")
	}
	return row, nil
}

// CoachMessages returns a page of an owner's messages, newest first.
func CoachMessages(ctx context.Context, c Conn, o CoachOwner, p Page) (Rows[CoachMessage], error) {
	l := listing{from: "ai_coach_conversations", key: "id"}
	o.limit(&l.where)
	rows, err := page[CoachMessage](ctx, c, &l, p)
	if err != nil {
		return rows, fmt.Errorf("list messages of the coach: %w", err)
	}
	return rows, nil
}

// CoachHistory returns the newest messages of a conversation before a
// message, newest first.
func CoachHistory(ctx context.Context, c Conn, conversation string, before int64, most int) ([]CoachMessage, error) {
	list, err := all[CoachMessage](ctx, c, `SELECT `+columns[CoachMessage]("")+` FROM ai_coach_conversations WHERE conversation_id = ? AND id < ? ORDER BY id DESC LIMIT ?`, conversation, before, most)
	if err != nil {
		return nil, fmt.Errorf("read conversation: %w", err)
	}
	return list, nil
}

// CoachConversation reports whether a conversation has a message of the owner,
// and whether it has one of somebody else.
func CoachConversation(ctx context.Context, c Conn, o CoachOwner, conversation string) (own, others bool, err error) {
	total, _, err := value[int64](ctx, c, `SELECT count(*) FROM ai_coach_conversations WHERE conversation_id = ?`, conversation)
	if err != nil {
		return false, false, fmt.Errorf("find conversation: %w", err)
	}
	var w where
	w.and("conversation_id = ?", conversation)
	o.limit(&w)
	mine, _, err := value[int64](ctx, c, `SELECT count(*) FROM ai_coach_conversations`+w.text.String(), w.args...)
	if err != nil {
		return false, false, fmt.Errorf("find conversation: %w", err)
	}
	return mine > 0, total > mine, nil
}

// LastCoachMessage returns the newest message of an owner; ok is false when
// there is none.
func LastCoachMessage(ctx context.Context, c Conn, o CoachOwner) (CoachMessage, bool, error) {
	var w where
	o.limit(&w)
	row, ok, err := one[CoachMessage](ctx, c, `SELECT `+columns[CoachMessage]("")+` FROM ai_coach_conversations`+w.text.String()+` ORDER BY id DESC LIMIT 1`, w.args...)
	if err != nil {
		return row, false, fmt.Errorf("find last message: %w", err)
	}
	return row, ok, nil
}

// RateCoachMessage keeps what a user thinks of an answer.
func RateCoachMessage(ctx context.Context, tx *Tx, id int64, helpful *bool, rating *float64) error {
	if _, err := run(ctx, tx, `UPDATE ai_coach_conversations SET helpful = ?, rating = ? WHERE id = ?`, helpful, rating, id); err != nil {
		return fmt.Errorf("rate message %d: %w", id, err)
	}
	return nil
}

// ClearCoach removes every message of an owner.
func ClearCoach(ctx context.Context, tx *Tx, o CoachOwner) error {
	var w where
	o.limit(&w)
	if _, err := run(ctx, tx, `DELETE FROM ai_coach_conversations`+w.text.String(), w.args...); err != nil {
		return fmt.Errorf("clear conversations: %w", err)
	}
	return nil
}

// StaleCoachAnswers returns answers that have been to come since before a
// time: the process that was to give them has ended.
func StaleCoachAnswers(ctx context.Context, c Conn, before time.Time) ([]CoachMessage, error) {
	list, err := all[CoachMessage](ctx, c, `SELECT `+columns[CoachMessage]("")+` FROM ai_coach_conversations WHERE status = 'answering' AND started_ms < ? ORDER BY id LIMIT 1000`, before.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("find answers that were given up: %w", err)
	}
	return list, nil
}

// CoachPartner is what the coach is told of a partner.
type CoachPartner struct {
	ID                 int64  `json:"id"`
	CompanyName        Text   `json:"company_name"`
	Description        Text   `json:"description"`
	FocusAreasServed   Text   `json:"focus_areas_served"`
	TargetRevenueRange Text   `json:"target_revenue_range"`
	KeyDifferentiators Text   `json:"key_differentiators"`
	PricingModel       Text   `json:"pricing_model"`
	ValueProposition   Text   `json:"value_proposition"`
	TechStackCRM       Text   `json:"tech_stack_crm"`
	Confidence         Number `json:"power_confidence_score"`
	Satisfaction       Number `json:"average_satisfaction"`
	Responses          Number `json:"total_feedback_responses"`
}

// CoachPartners returns the active partners.
func CoachPartners(ctx context.Context, c Conn) ([]CoachPartner, error) {
	list, err := all[CoachPartner](ctx, c, `SELECT `+columns[CoachPartner]("")+` FROM strategic_partners WHERE tpe_bool(is_active) ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list partners for the coach: %w", err)
	}
	return list, nil
}

// PartnerVoice is what a contractor said of a partner.
type PartnerVoice struct {
	Satisfaction Number `json:"overall_satisfaction"`
	Positive     Text   `json:"positive_feedback"`
	Improvement  Text   `json:"improvement_areas"`
}

// PartnerVoices returns the newest feedback on a partner that has words.
func PartnerVoices(ctx context.Context, c Conn, partner int64, most int) ([]PartnerVoice, error) {
	list, err := all[PartnerVoice](ctx, c, `SELECT `+columns[PartnerVoice]("")+` FROM feedback_responses
		WHERE partner_id = ? AND (positive_feedback <> '' OR improvement_areas <> '') ORDER BY id DESC LIMIT ?`, partner, most)
	if err != nil {
		return nil, fmt.Errorf("read feedback on partner %d: %w", partner, err)
	}
	return list, nil
}
