package api

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// AnswerForm is what a stakeholder says.
type AnswerForm struct {
	Invitation     string     `json:"invitation_token,omitempty" maxLength:"200" doc:"the code of the link; administrators need none"`
	Name           string     `json:"name,omitempty" maxLength:"200"`
	Email          *email     `json:"email,omitempty" doc:"not needed with an invitation, which knows it"`
	Rating         float64    `json:"rating" minimum:"0" maximum:"10"`
	Comment        string     `json:"comment" minLength:"1" maxLength:"20000"`
	WouldRecommend *bool      `json:"would_recommend,omitempty"`
	Answers        []question `json:"answers,omitempty" maxItems:"50" nullable:"false"`
}

type question struct {
	Question string `json:"question" maxLength:"1000"`
	Answer   string `json:"answer" maxLength:"20000"`
}

// answerData is what the database keeps of a form.
type answerData struct {
	Rating         float64    `json:"rating"`
	Comment        string     `json:"comment"`
	WouldRecommend *bool      `json:"would_recommend,omitempty"`
	Answers        []question `json:"answers,omitempty"`
}

type employeeInput struct {
	IDPath
	Body struct {
		AnswerForm
		Role string `json:"role,omitempty" maxLength:"200"`
	}
}

type customerInput struct {
	IDPath
	Body struct {
		AnswerForm
		Company string `json:"company,omitempty" maxLength:"200"`
	}
}

type answerOutput struct {
	Body struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
		ID      int64  `json:"id"`
	}
}

// employeeFeedback takes in what an employee says about a partner.
func (s *Server) employeeFeedback(ctx context.Context, in *employeeInput) (*answerOutput, error) {
	return s.answered(ctx, sqldb.Employee, in.ID, &in.Body.AnswerForm, in.Body.Role, func() outcome { return outcome{Type: tpe.TypeEmployeeFeedback, Fields: object{}} })
}

// customerReference takes in what a customer says about a partner.
func (s *Server) customerReference(ctx context.Context, in *customerInput) (*answerOutput, error) {
	invited := who(ctx).UserType != tpe.UserAdmin
	return s.answered(ctx, sqldb.Customer, in.ID, &in.Body.AnswerForm, in.Body.Company, func() outcome {
		collector := "invitation"
		if !invited {
			collector = "administrator"
		}
		return outcome{Type: tpe.TypeCustomerReference, Fields: object{"validation": object{
			"validation_type": "customer_reference", "collector": collector, "verified": invited, "score": in.Body.Rating, "result": "pending"}}}
	})
}

// answered stores an answer and records it. Who is no administrator needs an
// invitation, which counts once.
func (s *Server) answered(ctx context.Context, kind sqldb.Stakeholder, partner int64, f *AnswerForm, place string, begin func() outcome) (*answerOutput, error) {
	isAdmin := who(ctx).UserType == tpe.UserAdmin
	if !isAdmin && f.Invitation == "" {
		return nil, tpe.Errorf(tpe.Unauthorized, "An invitation is needed")
	}
	v := visitOf(ctx)
	a := sqldb.Answer{Partner: partner, Rating: f.Rating, CallID: v.id.String(),
		Data: jsonText(answerData{f.Rating, f.Comment, f.WouldRecommend, f.Answers})}
	out := &answerOutput{}
	out.Body.Success, out.Body.Message = true, "Thank you for your feedback!"
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		a.Person, a.Invitation = sqldb.Person{Name: strings.TrimSpace(f.Name), Place: strings.TrimSpace(place)}, 0
		if f.Email != nil {
			a.Email = auth.NormalizeEmail(string(*f.Email))
		}
		if f.Invitation != "" {
			row, err := sqldb.UseInvitation(ctx, tx, kind, partner, tokenHash(f.Invitation), s.opts.Now())
			if err != nil {
				return err
			}
			a.Invitation, a.Email = row.ID, row.Email.String
			if a.Name == "" {
				a.Name = row.Name.String
			}
		}
		o := begin()
		feedback := object{"rating": f.Rating, "comment": f.Comment}
		if f.WouldRecommend != nil {
			feedback["would_recommend"] = *f.WouldRecommend
		}
		o.Fields["partner_id"], o.Fields["stakeholder_type"], o.Fields["feedback"] = idText(partner), string(kind), feedback
		if !isAdmin {
			// Whoever else is signed in speaks as a stakeholder here, not
			// as the account.
			o.UserID, o.UserType = tpe.Anonymous, tpe.UserUnknown
		}
		id, err := s.happened(ctx, tx, o)
		if err != nil {
			return err
		}
		a.InteractionID = id.String()
		out.Body.ID, err = sqldb.AddAnswer(ctx, tx, kind, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	v.nameless = false
	return out, nil
}

// anonymousAnswer is an answer as the partner sees it.
type anonymousAnswer struct {
	Rating         *float64 `json:"rating"`
	Comment        string   `json:"comment"`
	WouldRecommend *bool    `json:"would_recommend"`
}

// answerView is an answer as the caller may see it: a [sqldb.AnswerRow] or an
// anonymousAnswer.
type answerView struct{ value any }

// MarshalJSON writes what the caller may see.
func (a answerView) MarshalJSON() ([]byte, error) { return json.Marshal(a.value) }

// Schema describes both.
func (answerView) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "The whole row for administrators; for the partner nothing that tells who it is.", AnyOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[sqldb.AnswerRow](), true, "AnswerRow"), r.Schema(reflect.TypeFor[anonymousAnswer](), true, "AnonymousAnswer")}}
}

type answersInput struct {
	IDPath
	Paging
}

type answersOutput struct {
	Body struct {
		PageInfo
		Respondents int          `json:"respondents" doc:"how many have answered"`
		Needed      int          `json:"needed" doc:"how many must have before the partner sees anything"`
		Feedback    []answerView `json:"feedback" nullable:"false"`
	}
}

// answers lists what a partner's stakeholders of a kind say: to
// administrators with who they are; to the partner without, in no order that
// tells who came when, and nothing at all below [consistency.MinRespondents].
func (s *Server) answers(kind sqldb.Stakeholder) func(context.Context, *answersInput) (*answersOutput, error) {
	return func(ctx context.Context, in *answersInput) (*answersOutput, error) {
		if _, err := sqldb.PartnerByID(ctx, s.opts.DB, in.ID); err != nil {
			return nil, err
		}
		out := &answersOutput{}
		b := &out.Body
		b.Feedback, b.Needed = []answerView{}, consistency.MinRespondents
		if who(ctx).UserType == tpe.UserAdmin {
			rows, err := sqldb.StakeholderAnswers(ctx, s.opts.DB, kind, in.ID, in.page())
			if err != nil {
				return nil, err
			}
			b.PageInfo, b.Respondents = pageOf(rows), int(rows.Total)
			for _, row := range rows.Items {
				b.Feedback = append(b.Feedback, answerView{row})
			}
			return out, nil
		}
		rows, err := sqldb.AllAnswers(ctx, s.opts.DB, kind, in.ID)
		if err != nil {
			return nil, err
		}
		b.Success, b.Respondents = true, len(rows)
		if len(rows) < consistency.MinRespondents {
			return out, nil
		}
		list := anonymous(rows)
		b.Total = int64(len(list))
		for _, a := range list[min(in.Offset, len(list)):min(in.Offset+in.Limit, len(list))] {
			b.Feedback = append(b.Feedback, answerView{a})
		}
		b.Count = len(b.Feedback)
		return out, nil
	}
}

// anonymous takes out who says something: the columns, the order, and whole
// comments in which somebody is named.
func anonymous(rows []sqldb.AnswerRow) []anonymousAnswer {
	var named []string
	for _, row := range rows {
		for _, s := range append(strings.Fields(row.Name.String), row.Name.String, row.Email.String) {
			if s = strings.ToLower(strings.TrimSpace(s)); len(s) > 2 {
				named = append(named, s)
			}
		}
	}
	list := make([]anonymousAnswer, 0, len(rows))
	for _, row := range rows {
		var d answerData
		if json.Unmarshal([]byte(row.Data.String), &d) != nil {
			continue
		}
		if low := strings.ToLower(d.Comment); slices.ContainsFunc(named, func(name string) bool { return strings.Contains(low, name) }) {
			d.Comment = "(withheld: it names somebody)"
		}
		list = append(list, anonymousAnswer{&d.Rating, d.Comment, d.WouldRecommend})
	}
	slices.SortStableFunc(list, func(a, b anonymousAnswer) int { return strings.Compare(a.Comment, b.Comment) })
	return list
}
