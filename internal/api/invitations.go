package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// invitationLife is how long an invitation can be answered.
const invitationLife = 30 * 24 * time.Hour

type invitationInput struct {
	IDPath
	Body struct {
		Kind  string `json:"kind" enum:"employee,customer"`
		Email email  `json:"email"`
		Name  string `json:"name,omitempty" maxLength:"200"`
	}
}

type invitationOutput struct {
	Body struct {
		Success    bool             `json:"success"`
		Message    string           `json:"message"`
		Invitation sqldb.Invitation `json:"invitation"`
	}
}

// invite sends a stakeholder a link that can be answered once. The link is
// told to nobody but the one who is invited. To be invited again makes the
// link from before void.
func (s *Server) invite(ctx context.Context, in *invitationInput) (*invitationOutput, error) {
	caller := who(ctx)
	code := rand.Text()
	n := sqldb.NewInvitation{Partner: in.ID, Kind: sqldb.Stakeholder(in.Body.Kind), TokenHash: tokenHash(code), Email: auth.NormalizeEmail(string(in.Body.Email)),
		Name: in.Body.Name, Expires: s.opts.Now().Add(invitationLife)}
	if caller.UserType == tpe.UserAdmin {
		n.By = number(caller.UserID)
	}
	out := &invitationOutput{}
	var partner sqldb.PartnerDetail
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		if partner, err = sqldb.PartnerByID(ctx, tx, in.ID); err != nil {
			return err
		}
		out.Body.Invitation, err = sqldb.Invite(ctx, tx, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	page := map[sqldb.Stakeholder]string{sqldb.Employee: "employee-feedback", sqldb.Customer: "customer-reference"}[n.Kind]
	link := fmt.Sprintf("%s/%s?partner=%d#invitation=%s", s.frontEnd(), page, in.ID, code)
	err = s.sent(s.opts.Notify.Email(ctx, n.Email, "How is it to work with "+partner.CompanyName.String+"?",
		"You are asked what it is like to work with "+partner.CompanyName.String+". Your answer is shown to the company without your name, and only when at least five people have answered.\n\n"+
			link+"\n\nThe link can be used once, until "+n.Expires.UTC().Format("January 2, 2006")+"."))
	switch {
	case tpe.CodeOf(err) == tpe.Invalid:
		return nil, misuse("body.email", "The e-mail address cannot be written to")
	case err != nil:
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "The invitation could not be sent", Hint: "invite the person again", Err: err}
	}
	out.Body.Success, out.Body.Message = true, "Invitation sent"
	return out, nil
}

// frontEnd is where links lead to.
func (s *Server) frontEnd() string {
	if len(s.opts.Origins) == 0 {
		return ""
	}
	return s.opts.Origins[0]
}

type invitationsOutput struct {
	Body struct {
		PageInfo
		Invitations []sqldb.Invitation `json:"invitations" nullable:"false"`
	}
}

// invitations lists the invitations to a partner's stakeholders.
func (s *Server) invitations(ctx context.Context, in *answersInput) (*invitationsOutput, error) {
	rows, err := sqldb.Invitations(ctx, s.opts.DB, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	out := &invitationsOutput{}
	out.Body.PageInfo, out.Body.Invitations = pageOf(rows), rows.Items
	return out, nil
}
