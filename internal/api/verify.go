package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/notify"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// Notifier sends messages to people. It must not be called inside of a
// transaction.
type Notifier interface {
	// SMS sends a text message. The error is of the code Unavailable when
	// the provider does not take it.
	// It is notify.ErrNoProvider when there is none.
	SMS(ctx context.Context, to, text string) error
	// Email sends an e-mail of plain text; the error is as that of SMS.
	Email(ctx context.Context, to, subject, text string) error
}

// sent returns the error of a message. Without a provider there is none
// outside of production, where codes are known and links are not needed.
func (s *Server) sent(err error) error {
	if errors.Is(err, notify.ErrNoProvider) && !s.opts.Production {
		return nil
	}
	return err
}

const (
	codeLife = 10 * time.Minute
	// codeTries is how often a code may be guessed, codeSends how often one
	// address, and one phone, may ask for another one within codeLife.
	codeTries = 5
	codeSends = 5
	// developmentCode is taken for every contractor where Options.Production
	// is false, as the front end's own tests do.
	developmentCode = "123456"
)

type verifyStartInput struct {
	Body struct {
		Name           words `json:"name"`
		Email          email `json:"email"`
		Phone          words `json:"phone"`
		CompanyName    words `json:"company_name"`
		CompanyWebsite *text `json:"company_website,omitempty"`
	}
}

type verifyStartOutput struct {
	Body struct {
		Success    bool   `json:"success"`
		Message    string `json:"message"`
		Contractor struct {
			ID          int64  `json:"id"`
			Name        string `json:"name"`
			Email       string `json:"email"`
			Phone       string `json:"phone"`
			CompanyName string `json:"company_name"`
		} `json:"contractor"`
	}
}

// verifyStart takes a contractor in and sends a code to the phone. One who is
// verified already comes back by a code to the phone that is known: what the
// request says of the contractor changes nothing.
func (s *Server) verifyStart(ctx context.Context, in *verifyStartInput) (*verifyStartOutput, error) {
	b := &in.Body
	up := sqldb.SignUp{Name: string(b.Name), Email: auth.NormalizeEmail(string(b.Email)), Phone: string(b.Phone), CompanyName: string(b.CompanyName)}
	if b.CompanyWebsite != nil {
		up.CompanyWebsite = string(*b.CompanyWebsite)
	}
	code, err := newCode()
	if err != nil {
		return nil, err
	}
	var id int64
	var phone string
	var wait time.Duration
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		known, found, err := sqldb.ContractorFor(ctx, tx, up.Email, up.Phone)
		if err != nil {
			return err
		}
		back := found && known.VerificationStatus.String == "verified"
		if back && known.Email.String != up.Email {
			return errTaken()
		}
		if phone = up.Phone; back {
			phone = known.Phone.String
		}
		// Many addresses can be invented for one phone, which gets them all.
		for _, subject := range []string{up.Email, phoneSubject(phone)} {
			sends := sqldb.Attempt{Kind: "code sent", Subject: subject, Most: codeSends, Within: codeLife}
			if wait, err = sqldb.Try(ctx, tx, sends, s.opts.Now()); err != nil || wait > 0 {
				return err
			}
		}
		if back {
			id = known.ID
			if err := sqldb.RenewCode(ctx, tx, id, s.codeHash(up.Email, code), s.opts.Now().Add(codeLife)); err != nil {
				return err
			}
			return sqldb.Forget(ctx, tx, guesses(id))
		}
		var ok bool
		if id, ok, err = sqldb.BeginContractor(ctx, tx, up, s.codeHash(up.Email, code), s.opts.Now().Add(codeLife)); err != nil {
			return err
		}
		if !ok {
			return errTaken()
		}
		return sqldb.Forget(ctx, tx, guesses(id))
	})
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, tooMany(wait, "Too many codes were asked for, please try again later")
	}
	if err := s.sent(s.opts.Notify.SMS(ctx, phone, "Your Power100 verification code is "+code+". It is valid for 10 minutes.")); err != nil {
		if tpe.CodeOf(err) == tpe.Invalid {
			return nil, misuse("body.phone", "Phone number cannot be reached")
		}
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "The verification code could not be sent", Err: err}
	}
	out := &verifyStartOutput{}
	out.Body.Success, out.Body.Message = true, "Verification code sent"
	c := &out.Body.Contractor
	c.ID, c.Name, c.Email, c.Phone, c.CompanyName = id, up.Name, up.Email, up.Phone, up.CompanyName
	return out, nil
}

// phoneSubject is a phone number as attempts are counted by it, however it is
// written.
func phoneSubject(phone string) string {
	if number, ok := notify.Phone(phone); ok {
		return number
	}
	return phone
}

func errTaken() error {
	return tpe.Errorf(tpe.Conflict, "An account with this email or phone already exists")
}

// guesses counts the codes that were tried for a contractor.
func guesses(id int64) sqldb.Attempt {
	return sqldb.Attempt{Kind: "code", Subject: strconv.FormatInt(id, 10), Most: codeTries, Within: codeLife}
}

type verifyCodeInput struct {
	Body struct {
		ContractorID ident  `json:"contractor_id"`
		Code         string `json:"code" minLength:"1" maxLength:"32"`
	}
}

type verifyCodeOutput struct {
	SetCookie string `header:"Set-Cookie"`
	Body      struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
		Token   string `json:"token,omitempty" doc:"opens the contractor's own routes; the cookie that is set holds it too"`
	}
}

// verifyCode checks the code that a contractor has received, and opens the
// contractor's own routes to the caller.
func (s *Server) verifyCode(ctx context.Context, in *verifyCodeInput) (*verifyCodeOutput, error) {
	id := int64(in.Body.ContractorID)
	var wait time.Duration
	var known sqldb.Contractor
	var wrong string
	var generation int64
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		wrong = ""
		if known, err = sqldb.ContractorByID(ctx, tx, id); err != nil {
			return err
		}
		check, err := sqldb.VerificationOf(ctx, tx, id)
		if err != nil {
			return err
		}
		generation = int64(check.Generation.Float)
		if wait, err = sqldb.Try(ctx, tx, guesses(id), s.opts.Now()); err != nil || wait > 0 {
			return err
		}
		// A refusal must not undo the count of the attempt.
		if wrong = s.checkCode(known.Email.String, check, in.Body.Code); wrong != "" {
			return nil
		}
		fresh, err := sqldb.VerifyContractor(ctx, tx, id, check.CodeHash.String)
		if err != nil {
			return err
		}
		if !fresh {
			wrong = codeExpired
			return nil
		}
		return sqldb.Forget(ctx, tx, guesses(id))
	})
	switch {
	case err != nil:
		return nil, err
	case wait > 0:
		return nil, tooMany(wait, "Too many wrong codes, please ask for a new one")
	case wrong != "":
		return nil, misuse("body.code", wrong)
	}
	out := &verifyCodeOutput{}
	out.Body.Success, out.Body.Message = true, "Phone number verified successfully"
	who := auth.Identity{UserID: strconv.FormatInt(id, 10), UserType: tpe.UserContractor}
	s.visitors.note(who.UserID, visitOf(ctx).visitor())
	if s.opts.JWTSecret == "" {
		return out, nil // the caller is known by its address
	}
	if out.Body.Token, err = s.sign(who, generation); err != nil {
		return nil, err
	}
	out.SetCookie = s.cookie(contractorCookie, out.Body.Token, int(s.opts.JWTExpire/time.Second))
	return out, nil
}

const (
	codeWrong   = "Invalid verification code"
	codeExpired = "Verification code has expired"
)

// checkCode says what is wrong with a code; nothing when it is right.
func (s *Server) checkCode(email string, check sqldb.Verification, code string) string {
	expired := check.CodeHash.String == "" || !check.Expires.Valid || !s.opts.Now().Before(check.Expires.Time)
	right := hmac.Equal([]byte(check.CodeHash.String), []byte(s.codeHash(email, code))) || !s.opts.Production && code == developmentCode
	switch {
	case !right:
		return codeWrong
	case expired:
		return codeExpired
	}
	return ""
}

// newCode returns six random digits.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// codeHash is what is stored of a code. Six digits are soon tried through, so
// it is keyed by the server's secret, and by the account.
func (s *Server) codeHash(email, code string) string {
	m := hmac.New(sha256.New, []byte("verification code\x00"+s.opts.JWTSecret))
	m.Write([]byte(email + "\x00" + code))
	return hex.EncodeToString(m.Sum(nil))
}
