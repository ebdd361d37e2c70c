package api

import (
	"context"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type partnerLoginOutput struct {
	Body struct {
		Success bool   `json:"success"`
		Token   string `json:"token"`
		Partner struct {
			ID          int64      `json:"id"`
			CompanyName sqldb.Text `json:"company_name"`
			Email       sqldb.Text `json:"email"`
		} `json:"partner"`
	}
}

// partnerLogin signs a partner's user in.
func (s *Server) partnerLogin(ctx context.Context, in *loginInput) (*partnerLoginOutput, error) {
	var user sqldb.PartnerUser
	a, err := s.signIn(ctx, tpe.UserPartner, string(in.Body.Email), in.Body.Password, func(ctx context.Context, email string) (account, bool, error) {
		var found bool
		var err error
		user, found, err = sqldb.PartnerUserByEmail(ctx, s.opts.DB, email)
		return account{user.ID, user.PasswordHash.String, user.IsActive.Bool && user.PartnerActive.Bool, "Partner no longer exists or is inactive", int64(user.Generation.Float)}, found, err
	})
	if err != nil {
		return nil, err
	}
	out := &partnerLoginOutput{}
	partner := int64(user.PartnerID.Float)
	who := auth.Identity{UserID: strconv.FormatInt(a.id, 10), UserType: tpe.UserPartner, PartnerID: strconv.FormatInt(partner, 10)}
	if out.Body.Token, err = s.sign(who, a.generation); err != nil {
		return nil, err
	}
	if err := s.tx(ctx, func(tx *sqldb.Tx) error { return sqldb.PartnerLoggedIn(ctx, tx, a.id) }); err != nil {
		return nil, err
	}
	out.Body.Success = true
	out.Body.Partner.ID, out.Body.Partner.CompanyName, out.Body.Partner.Email = partner, user.CompanyName, user.Email
	return out, nil
}

type partnerTestOutput struct {
	Body struct {
		Success     bool   `json:"success"`
		Message     string `json:"message"`
		PartnerUser struct {
			ID          int64      `json:"id"`
			PartnerID   int64      `json:"partnerId"`
			Email       sqldb.Text `json:"email"`
			CompanyName sqldb.Text `json:"companyName"`
		} `json:"partnerUser"`
	}
}

// partnerTest answers with the partner's user who asks.
func (s *Server) partnerTest(ctx context.Context, _ *struct{}) (*partnerTestOutput, error) {
	u, err := s.partnerUser(ctx)
	if err != nil {
		return nil, err
	}
	out := &partnerTestOutput{}
	out.Body.Success, out.Body.Message = true, "Middleware working"
	p := &out.Body.PartnerUser
	p.ID, p.PartnerID, p.Email, p.CompanyName = u.ID, int64(u.PartnerID.Float), u.Email, u.CompanyName
	return out, nil
}

// partnerUser returns the partner's user who asks.
func (s *Server) partnerUser(ctx context.Context) (sqldb.PartnerUser, error) {
	u, found, err := sqldb.PartnerUserByID(ctx, s.opts.DB, number(who(ctx).UserID))
	if err == nil && !found {
		err = tpe.Errorf(tpe.Unauthorized, "Partner no longer exists or is inactive")
	}
	return u, err
}

type partnerPasswordInput struct {
	Body struct {
		CurrentPassword string        `json:"currentPassword" minLength:"1" maxLength:"256"`
		NewPassword     mixedPassword `json:"newPassword" doc:"at least 8 characters, with a capital and a small letter and a digit"`
	}
}

// mixedPassword is a password of several kinds of characters.
type mixedPassword string

// Schema describes a mixedPassword.
func (mixedPassword) Schema(huma.Registry) *huma.Schema {
	const any = `[\s\S]*`
	orders := make([]string, 0, 6)
	for _, o := range [][3]string{{"A-Z", "a-z", "0-9"}, {"A-Z", "0-9", "a-z"}, {"a-z", "A-Z", "0-9"}, {"a-z", "0-9", "A-Z"}, {"0-9", "A-Z", "a-z"}, {"0-9", "a-z", "A-Z"}} {
		orders = append(orders, "["+o[0]+"]"+any+"["+o[1]+"]"+any+"["+o[2]+"]")
	}
	return &huma.Schema{Type: huma.TypeString, MinLength: ptr(8), MaxLength: ptr(256), Pattern: strings.Join(orders, "|"), PatternDescription: mixedKinds}
}

// mixedKinds stands in the fault of a password that is not mixed.
const mixedKinds = "a mixed password"

// partnerPassword changes the password of the partner's user who asks, and
// ends every token of the account.
func (s *Server) partnerPassword(ctx context.Context, in *partnerPasswordInput) (*done, error) {
	u, err := s.partnerUser(ctx)
	if err != nil {
		return nil, err
	}
	return s.changePassword(ctx, tpe.UserPartner, u.ID, u.PasswordHash.String, in.Body.CurrentPassword, string(in.Body.NewPassword))
}
