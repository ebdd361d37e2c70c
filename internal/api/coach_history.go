package api

import (
	"context"

	"github.com/power100/tpe/internal/match"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// CoachInput is the part of a request that names a contractor.
type CoachInput struct {
	ContractorID int64 `query:"contractor_id" minimum:"1" maximum:"999999999999999" doc:"for administrators: whose conversation it is"`
}

type coachAccessOutput struct {
	Body struct {
		Success    bool         `json:"success"`
		Contractor coachLearner `json:"contractor"`
	}
}

// coachLearner is a contractor as the front end of the coach knows it.
type coachLearner struct {
	Name              string   `json:"name"`
	Company           string   `json:"company"`
	FocusAreas        []string `json:"focusAreas" nullable:"false"`
	CompletedFeedback bool     `json:"completedFeedback"`
	AICoachAccess     bool     `json:"aiCoachAccess"`
	Available         bool     `json:"available" doc:"an AI service is set up"`
}

// coachAccess says whether the coach is open to a contractor.
func (s *Server) coachAccess(ctx context.Context, in *CoachInput) (*coachAccessOutput, error) {
	l, err := s.learner(ctx, who(ctx), in.ContractorID)
	if err != nil {
		return nil, err
	}
	out := &coachAccessOutput{}
	out.Body.Success = true
	c := &out.Body.Contractor
	c.FocusAreas, c.Available = []string{}, s.opts.Coach != nil && s.opts.Coach.Ready()
	if l.contractor == nil {
		c.Name, c.Company, c.CompletedFeedback, c.AICoachAccess = "Administrator", "Power100", true, true
		return out, nil
	}
	c.Name, c.Company = l.contractor.Name.String, l.contractor.CompanyName.String
	c.FocusAreas = append(c.FocusAreas, match.Keys(l.contractor.FocusAreas.String)...)
	c.AICoachAccess = l.mayAsk() == nil
	c.CompletedFeedback = c.AICoachAccess
	return out, nil
}

// coachShown is a message as the front end lists it.
type coachShown struct {
	ID             int64              `json:"id"`
	MessageType    string             `json:"message_type" enum:"user,ai"`
	Content        string             `json:"content"`
	MediaType      string             `json:"media_type"`
	MediaURL       *string            `json:"media_url"`
	CreatedAt      string             `json:"created_at"`
	ConversationID string             `json:"conversation_id,omitempty"`
	Status         string             `json:"status,omitempty" doc:"of an answer: answering, answered, failed or stopped"`
	Attachments    *[]attachmentShown `json:"attachments,omitempty"`
}

type coachListInput struct {
	CoachInput
	Paging
}

type coachListOutput struct {
	Body struct {
		PageInfo
		Conversations []coachShown `json:"conversations" nullable:"false"`
	}
}

const coachGreeting = "Hi! I am your AI coach. Ask me how to win leads, close more, hire, or which partner fits your next step."

// coachMessages lists messages, newest first. With none there is a greeting,
// which is not stored.
func (s *Server) coachMessages(ctx context.Context, in *coachListInput) (*coachListOutput, error) {
	l, err := s.learner(ctx, who(ctx), in.ContractorID)
	if err != nil {
		return nil, err
	}
	if err := l.mayAsk(); err != nil {
		return nil, err
	}
	rows, err := sqldb.CoachMessages(ctx, s.opts.DB, l.owner, in.page())
	if err != nil {
		return nil, err
	}
	out := &coachListOutput{}
	out.Body.PageInfo = pageOf(rows)
	out.Body.Conversations = make([]coachShown, 0, len(rows.Items))
	for _, m := range rows.Items {
		out.Body.Conversations = append(out.Body.Conversations, shownMessage(m))
	}
	if rows.Total == 0 {
		out.Body.Count, out.Body.Total = 1, 1
		out.Body.Conversations = append(out.Body.Conversations, coachShown{MessageType: "ai", Content: coachGreeting, MediaType: "text", CreatedAt: tpe.FormatTime(s.opts.Now())})
	}
	return out, nil
}

func shownMessage(m sqldb.CoachMessage) coachShown {
	out := coachShown{ID: m.ID, MessageType: "user", Content: m.Content.String, MediaType: m.MediaType.String, CreatedAt: isoTime(m.CreatedAt), ConversationID: m.ConversationID.String}
	if out.MediaType == "" {
		out.MediaType = "text"
	}
	if m.MessageType.String == "ai" {
		out.MessageType, out.Status = "ai", storedReply(m).Status
	}
	if files := attachmentsOf(m.Attachments.String); len(files) > 0 {
		out.Attachments = &files
	}
	return out
}

type coachFeedbackInput struct {
	MessageID int64 `path:"messageId" minimum:"1" maximum:"999999999999999"`
	CoachInput
	Body struct {
		Helpful  *yesNo  `json:"helpful,omitempty"`
		Rating   *grade  `json:"rating,omitempty"`
		Feedback *string `json:"feedback,omitempty" minLength:"1" maxLength:"5000"`
	}
}

// coachFeedback takes what somebody thinks of an answer.
func (s *Server) coachFeedback(ctx context.Context, in *coachFeedbackInput) (*done, error) {
	l, err := s.learner(ctx, who(ctx), in.ContractorID)
	if err != nil {
		return nil, err
	}
	if err := l.mayAsk(); err != nil {
		return nil, err
	}
	b := &in.Body
	comment := ""
	if b.Feedback != nil {
		comment = *b.Feedback
	}
	about := object{"category": "ai_coach", "categories": []string{"ai_coach"}, "timestamp": tpe.FormatTime(s.opts.Now())}
	var helpful *bool
	var rating *float64
	if b.Helpful != nil {
		helpful = ptr(bool(*b.Helpful))
		about["helpful"] = *helpful
	}
	if b.Rating != nil {
		rating = ptr(float64(*b.Rating))
		about["rating"] = *rating
	}
	if comment != "" {
		about["comment"] = comment
	}
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		m, err := sqldb.CoachMessageByID(ctx, tx, l.owner, in.MessageID)
		if err == nil && m.MessageType.String != "ai" {
			err = tpe.Errorf(tpe.NotFound, "Message not found")
		}
		if err != nil {
			return err
		}
		if err := sqldb.RateCoachMessage(ctx, tx, m.ID, helpful, rating); err != nil {
			return err
		}
		o := outcome{Type: tpe.TypeFeedback, Fields: object{"feedback": about, "message_id": m.ID, "metadata": object{"survey_version": "ai_feedback_v1", "collection_point": "ai_coach_conversation"}}}
		if m.InteractionID.String != "" {
			o.Fields["parent_interaction_id"] = m.InteractionID.String
		}
		if m.ConversationID.String != "" {
			o.Fields["conversation_id"] = m.ConversationID.String
		}
		if l.owner.ContractorID != 0 {
			o.UserID, o.UserType = idText(l.owner.ContractorID), tpe.UserContractor
		}
		_, err = s.happened(ctx, tx, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return said("Thank you for your feedback!"), nil
}

// clearCoach removes the conversations of a contractor from the database. What
// the lake holds stays.
func (s *Server) clearCoach(ctx context.Context, in *CoachInput) (*done, error) {
	l, err := s.learner(ctx, who(ctx), in.ContractorID)
	if err != nil {
		return nil, err
	}
	if err := l.mayAsk(); err != nil {
		return nil, err
	}
	if err := s.tx(ctx, func(tx *sqldb.Tx) error { return sqldb.ClearCoach(ctx, tx, l.owner) }); err != nil {
		return nil, err
	}
	return said("Conversation history cleared"), nil
}
