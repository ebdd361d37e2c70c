package sqldb

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/match"
)

// StakeholderTexts gathers what the people around a partner say, for
// [consistency.Engine.Analyze]: the CEO by the partner's profile, employees
// and customers by their answers, and the transcripts of demos. The error is
// of the code NotFound when there is no partner.
func StakeholderTexts(ctx context.Context, c Conn, partner int64) (consistency.Partner, error) {
	row, err := PartnerByID(ctx, c, partner)
	if err != nil {
		return consistency.Partner{}, err
	}
	out := consistency.Partner{ID: strconv.FormatInt(partner, 10), Name: row.CompanyName.String, Segment: row.ServiceCategory.String, Documents: profileOf(row.PublicPartner)}
	for _, kind := range []struct {
		stakeholder Stakeholder
		group       consistency.Group
	}{{Employee, consistency.Employees}, {Customer, consistency.Customers}} {
		answers, err := AllAnswers(ctx, c, kind.stakeholder, partner)
		if err != nil {
			return out, err
		}
		for _, a := range answers {
			out.Documents = append(out.Documents, consistency.Document{ID: fmt.Sprintf("%s:%d", kind.stakeholder, a.ID), Group: kind.group, Text: said(a.Data.String), Name: a.Name.String, Email: a.Email.String})
		}
	}
	demos, err := transcripts(ctx, c, partner)
	out.Documents = append(out.Documents, demos...)
	return out, err
}

// profileOf is the message of the CEO: the columns of the profile in which a
// partner says what it promises. All of it is one voice.
func profileOf(row PublicPartner) []consistency.Document {
	var docs []consistency.Document
	for _, part := range []struct{ column, text string }{
		{"value_proposition", row.ValueProposition.String},
		{"company_description", row.CompanyDescription.String},
		{"description", row.Description.String},
		{"why_clients_choose_you", row.WhyClientsChooseYou.String},
		{"key_differentiators", strings.Join(match.List(row.KeyDifferentiators.String), ".\n")},
		{"onboarding_process", row.OnboardingProcess.String},
	} {
		if strings.TrimSpace(part.text) != "" {
			docs = append(docs, consistency.Document{ID: "profile:" + part.column, Group: consistency.CEO, Text: part.text, Person: "ceo"})
		}
	}
	return docs
}

// said is the text of an answer: the comment, then each question with its
// answer.
func said(data string) string {
	var d struct {
		Comment string
		Answers []struct{ Question, Answer string }
	}
	if json.Unmarshal([]byte(data), &d) != nil {
		return data
	}
	text := d.Comment
	for _, a := range d.Answers {
		if strings.TrimSpace(a.Answer) == "" {
			continue
		}
		question := strings.TrimSpace(a.Question)
		if question != "" && !strings.HasSuffix(question, "?") {
			question += "?"
		}
		text += "\n" + question + "\n" + a.Answer
	}
	return text
}

// transcripts returns the transcripts of a partner's demos, a line a turn:
// "Speaker: words".
func transcripts(ctx context.Context, c Conn, partner int64) ([]consistency.Document, error) {
	type turn struct {
		Upload  int64 `sql:"u.id"`
		Speaker Text  `sql:"n.speaker"`
		Words   Text  `sql:"n.content"`
	}
	turns, err := all[turn](ctx, c, `SELECT `+columns[turn]("")+` FROM demo_uploads u JOIN demo_transcripts t ON t.upload_id = u.id JOIN demo_turns n ON n.transcript_id = t.id
		WHERE u.partner_id = ? ORDER BY u.id, n.turn_index`, partner)
	if err != nil {
		return nil, fmt.Errorf("list transcripts: %w", err)
	}
	var docs []consistency.Document
	for i, n := range turns {
		if i == 0 || turns[i-1].Upload != n.Upload {
			docs = append(docs, consistency.Document{ID: fmt.Sprintf("demo:%d", n.Upload), Group: consistency.Demos})
		}
		line := n.Words.String + "\n"
		if n.Speaker.String != "" {
			line = n.Speaker.String + ": " + line
		}
		docs[len(docs)-1].Text += line
	}
	return docs, nil
}
