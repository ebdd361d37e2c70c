package api

import (
	"context"
	"strconv"
	"strings"
	"unicode"

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

// partnerPassword changes the password of the partner's user who asks, and
// ends every token of the account.
func (s *Server) partnerPassword(ctx context.Context, in *passwordInput) (*done, error) {
	p := in.Body.NewPassword
	if !strings.ContainsFunc(p, unicode.IsUpper) || !strings.ContainsFunc(p, unicode.IsLower) || !strings.ContainsFunc(p, unicode.IsDigit) {
		return nil, misuse("body.newPassword", "New password must contain at least one uppercase letter, one lowercase letter, and one number")
	}
	u, err := s.partnerUser(ctx)
	if err != nil {
		return nil, err
	}
	return s.changePassword(ctx, tpe.UserPartner, u.ID, u.PasswordHash.String, in)
}
