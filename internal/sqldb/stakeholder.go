package sqldb

import (
	"context"
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// Person is a stakeholder, as far as it is known who it is.
type Person struct {
	Name  string
	Email string // normalised
	Place string // an employee's role, a customer's company
}

// Answer is what a stakeholder says about a partner.
type Answer struct {
	Person
	Partner       int64
	Invitation    int64   // 0: none
	Data          string  // JSON: rating, comment, would_recommend, answers
	Rating        float64 // 0 to 10
	InteractionID string
	CallID        string // of the request's record
}

// AnswerRow is an answer as administrators see it. One of the columns of each
// pair is null.
type AnswerRow struct {
	ID            int64  `json:"id"`
	PartnerID     int64  `json:"partner_id"`
	InvitationID  Number `json:"invitation_id"`
	Name          Text   `json:"name" sql:"name_"`
	Email         Text   `json:"email" sql:"email_"`
	Place         Text   `json:"role_or_company" sql:"place_"`
	Data          Text   `json:"data" sql:"data_"`
	OverallRating Number `json:"overall_rating"`
	Status        Text   `json:"validation_status"`
	InteractionID Text   `json:"interaction_id"`
	CreatedAt     Time   `json:"created_at"`
}

// AddAnswer stores an answer. The error is of the code NotFound without the
// partner, and Conflict when the person has answered.
func AddAnswer(ctx context.Context, tx *Tx, kind Stakeholder, a Answer) (id int64, err error) {
	if err := lockPartner(ctx, tx, a.Partner); err != nil {
		return 0, err
	}
	if err := mustNotHaveAnswered(ctx, tx, kind, a.Partner, a.Person); err != nil {
		return 0, err
	}
	t := answerTables[kind]
	if a.Email == "" && a.Name == "" {
		// Nobody knows who it is: the same words are the same person's.
		same, _, err := value[int64](ctx, tx, `SELECT count(*) FROM `+t.table+` WHERE partner_id = ? AND CAST(`+t.data+` AS TEXT) = ?`, a.Partner, a.Data)
		if err != nil {
			return 0, fmt.Errorf("find answer: %w", err)
		}
		if same > 0 {
			return 0, errAnswered()
		}
	}
	sets := []Set{{"partner_id", a.Partner}, {t.data, a.Data}, {"overall_rating", a.Rating}, {"interaction_id", a.InteractionID}, {"call_id", a.CallID}}
	for column, text := range map[string]string{t.name: a.Name, t.email: a.Email, t.place: a.Place} {
		if text != "" {
			sets = append(sets, Set{column, text})
		}
	}
	if a.Invitation != 0 {
		sets = append(sets, Set{"invitation_id", a.Invitation})
	}
	row, _, err := insert[struct {
		ID int64 `json:"id"`
	}](ctx, tx, t.table, sets)
	if err != nil {
		return 0, fmt.Errorf("add answer: %w", err)
	}
	return row.ID, nil
}

func errAnswered() error { return tpe.Errorf(tpe.Conflict, "This person has answered already") }

// mustNotHaveAnswered fails with the code Conflict when the person has
// answered. Whoever gave an address is known by it, others by their name.
func mustNotHaveAnswered(ctx context.Context, c Conn, kind Stakeholder, partner int64, p Person) error {
	t := answerTables[kind]
	var n int64
	var err error
	switch {
	case p.Email != "":
		n, _, err = value[int64](ctx, c, `SELECT count(*) FROM `+t.table+` WHERE partner_id = ? AND `+t.email+` = ?`, partner, p.Email)
	case p.Name != "":
		n, _, err = value[int64](ctx, c, `SELECT count(*) FROM `+t.table+` WHERE partner_id = ? AND tpe_fold(`+t.name+`) = ?`, partner, strings.ToLower(p.Name))
	}
	if err != nil {
		return fmt.Errorf("find answer: %w", err)
	}
	if n > 0 {
		return errAnswered()
	}
	return nil
}

// answersFrom returns the answers of a kind with the names of AnswerRow.
func answersFrom(kind Stakeholder) string {
	t := answerTables[kind]
	return `(SELECT id, partner_id, invitation_id, ` + t.name + ` AS name_, ` + t.email + ` AS email_, ` + t.place + ` AS place_, ` + t.data + ` AS data_,
		overall_rating, validation_status, interaction_id, created_at FROM ` + t.table + `) a`
}

// StakeholderAnswers lists what a partner's stakeholders of a kind say, the newest
// first.
func StakeholderAnswers(ctx context.Context, c Conn, kind Stakeholder, partner int64, p Page) (Rows[AnswerRow], error) {
	l := &listing{from: answersFrom(kind), key: "tpe_time(created_at)"}
	l.where.and("partner_id = ?", partner)
	rows, err := page[AnswerRow](ctx, c, l, p)
	if err != nil {
		return rows, fmt.Errorf("list answers: %w", err)
	}
	return rows, nil
}

// AllAnswers returns everything that a partner's stakeholders of a kind say,
// by id.
func AllAnswers(ctx context.Context, c Conn, kind Stakeholder, partner int64) ([]AnswerRow, error) {
	list, err := all[AnswerRow](ctx, c, `SELECT `+columns[AnswerRow]("")+` FROM `+answersFrom(kind)+` WHERE partner_id = ? ORDER BY id`, partner)
	if err != nil {
		return nil, fmt.Errorf("list answers: %w", err)
	}
	return list, nil
}
