package api

import (
	"context"
	"strconv"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// Limits of attempts to sign in, within loginWindow: for one account from one
// address, for one account from everywhere, and from one address for every
// account.
const (
	loginWindow    = 15 * time.Minute
	loginsAccount  = 5
	loginsAnywhere = 50
	loginsAddress  = 100
	// goodFor is how long an address counts as one of an account's own after
	// it has signed in from there: what others try elsewhere does not lock it.
	goodFor = 90 * 24 * time.Hour
)

type loginInput struct {
	Body struct {
		Email    email  `json:"email"`
		Password string `json:"password" minLength:"1" maxLength:"256"`
	}
}

// account is what a login needs of an account of either kind.
type account struct {
	id          int64
	hash        string
	active      bool
	deactivated string // what is said when it is not active
	generation  int64
}

// signIn checks a password. It counts the attempt, and replaces the hash of
// the older service after the answer.
func (s *Server) signIn(ctx context.Context, role, address, password string, find func(ctx context.Context, email string) (account, bool, error)) (account, error) {
	v := visitOf(ctx)
	address = auth.NormalizeEmail(address)
	ip := clientIP(v.r, s.opts.TrustedProxies)
	fromHere := sqldb.Attempt{Kind: "login " + role, Subject: address + " " + ip, Most: loginsAccount, Within: loginWindow}
	good := sqldb.Attempt{Kind: "signed in " + role, Subject: fromHere.Subject, Within: goodFor}
	var counted []sqldb.Attempt
	var wait time.Duration
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		counted, wait = nil, 0
		attempts := []sqldb.Attempt{{Kind: "login", Subject: ip, Most: loginsAddress, Within: loginWindow}, fromHere}
		known, err := sqldb.Made(ctx, tx, good, s.opts.Now())
		if err != nil {
			return err
		}
		if !known {
			attempts = append(attempts, sqldb.Attempt{Kind: "login " + role, Subject: address, Most: loginsAnywhere, Within: loginWindow})
		}
		// What one limit refuses must not count for the next: one address could
		// lock an account for everybody.
		for _, a := range attempts {
			if wait, err = sqldb.Try(ctx, tx, a, s.opts.Now()); err != nil || wait > 0 {
				return err
			}
			counted = append(counted, a)
		}
		return nil
	})
	if err != nil {
		return account{}, err
	}
	if wait > 0 {
		return account{}, tooMany(wait, "Too many login attempts, please try again later")
	}
	a, found, err := find(ctx, address)
	if err != nil {
		return account{}, err
	}
	if !found {
		a = account{}
	}
	match, old, err := s.passwords.Check(ctx, a.hash, password)
	switch {
	case err != nil:
		return account{}, err
	case !match:
		return account{}, tpe.Errorf(tpe.Unauthorized, "Invalid email or password")
	case !a.active:
		return account{}, tpe.Errorf(tpe.Unauthorized, "%s", a.deactivated)
	}
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		if err := sqldb.Succeeded(ctx, tx, counted...); err != nil {
			return err
		}
		if err := sqldb.Forget(ctx, tx, fromHere, good); err != nil {
			return err
		}
		_, err := sqldb.Try(ctx, tx, good, s.opts.Now())
		return err
	})
	if err != nil {
		return account{}, err
	}
	if old {
		s.rehash(context.WithoutCancel(ctx), role, a, password)
	}
	return a, nil
}

// rehash replaces a hash of the older service, unless the password is changed
// meanwhile. It runs on after the answer; the server waits for it at its end.
func (s *Server) rehash(ctx context.Context, role string, a account, password string) {
	s.after.Go(func() {
		hash, err := s.passwords.Hash(ctx, password)
		if err == nil {
			_, err = s.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error {
				_, err := sqldb.SetPassword(ctx, tx, role, a.id, hash, a.hash)
				return err
			})
		}
		if err != nil {
			s.opts.Log.Warn("a password's hash was not replaced", "role", role, "account", a.id, "error", err)
		}
	})
}

type loginOutput struct {
	SetCookie string `header:"Set-Cookie"`
	Body      struct {
		Success bool        `json:"success"`
		Token   string      `json:"token"`
		User    sqldb.Admin `json:"user"`
	}
}

// login signs an administrator in.
func (s *Server) login(ctx context.Context, in *loginInput) (*loginOutput, error) {
	var user sqldb.Admin
	a, err := s.signIn(ctx, tpe.UserAdmin, string(in.Body.Email), in.Body.Password, func(ctx context.Context, email string) (account, bool, error) {
		var found bool
		var err error
		user, found, err = sqldb.AdminByEmail(ctx, s.opts.DB, email)
		return account{user.ID, user.PasswordHash.String, user.IsActive.Bool, "Your account has been deactivated", int64(user.Generation.Float)}, found, err
	})
	if err != nil {
		return nil, err
	}
	out := &loginOutput{}
	who := auth.Identity{UserID: strconv.FormatInt(a.id, 10), UserType: tpe.UserAdmin}
	if out.Body.Token, err = s.sign(who, a.generation); err != nil {
		return nil, err
	}
	out.SetCookie = s.cookie("token", out.Body.Token, int(s.opts.JWTExpire/time.Second))
	out.Body.Success, out.Body.User = true, user
	return out, nil
}

type logoutOutput struct {
	SetCookie string `header:"Set-Cookie"`
	Body      doneBody
}

// logout ends the token that came with the request.
func (s *Server) logout(cookie string) func(context.Context, *struct{}) (*logoutOutput, error) {
	return func(ctx context.Context, _ *struct{}) (*logoutOutput, error) {
		if err := s.logOut(ctx); err != nil {
			return nil, err
		}
		return &logoutOutput{s.cookie(cookie, "", -1), doneBody{true, "Logged out successfully"}}, nil
	}
}

type meOutput struct {
	Body struct {
		Success bool `json:"success"`
		User    struct {
			ID       int64      `json:"id"`
			Email    sqldb.Text `json:"email"`
			FullName sqldb.Text `json:"full_name"`
			IsActive sqldb.Bool `json:"is_active"`
		} `json:"user"`
	}
}

// me answers with the administrator who asks.
func (s *Server) me(ctx context.Context, _ *struct{}) (*meOutput, error) {
	a, found, err := sqldb.AdminByID(ctx, s.opts.DB, number(who(ctx).UserID))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, tpe.Errorf(tpe.Unauthorized, "User no longer exists")
	}
	out := &meOutput{}
	out.Body.Success = true
	u := &out.Body.User
	u.ID, u.Email, u.FullName, u.IsActive = a.ID, a.Email, a.FullName, a.IsActive
	return out, nil
}

type passwordInput struct {
	Body struct {
		CurrentPassword string        `json:"currentPassword" minLength:"1" maxLength:"256"`
		NewPassword     mixedPassword `json:"newPassword" doc:"at least 8 characters, with a capital and a small letter and a digit"`
	}
}

// updatePassword changes the password of the administrator who asks, and
// ends every token of the account.
func (s *Server) updatePassword(ctx context.Context, in *passwordInput) (*done, error) {
	a, found, err := sqldb.AdminByID(ctx, s.opts.DB, number(who(ctx).UserID))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, tpe.Errorf(tpe.Unauthorized, "User no longer exists")
	}
	return s.changePassword(ctx, tpe.UserAdmin, a.ID, a.PasswordHash.String, in.Body.CurrentPassword, string(in.Body.NewPassword))
}

// changePassword sets an account's password when the current one is right.
func (s *Server) changePassword(ctx context.Context, role string, id int64, hash, current, next string) (*done, error) {
	try := sqldb.Attempt{Kind: "password " + role, Subject: strconv.FormatInt(id, 10), Most: loginsAccount, Within: loginWindow}
	var wait time.Duration
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		wait, err = sqldb.Try(ctx, tx, try, s.opts.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, tooMany(wait, "Too many attempts, please try again later")
	}
	match, _, err := s.passwords.Check(ctx, hash, current)
	if err != nil {
		return nil, err
	}
	if !match {
		return nil, tpe.Errorf(tpe.Unauthorized, "Current password is incorrect")
	}
	if next == current {
		return nil, tpe.Errorf(tpe.Conflict, "The new password is the current one")
	}
	fresh, err := s.passwords.Hash(ctx, next)
	if err != nil {
		return nil, err
	}
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		changed, err := sqldb.SetPassword(ctx, tx, role, id, fresh, hash)
		if err != nil {
			return err
		}
		if !changed {
			return tpe.Errorf(tpe.Conflict, "The password was changed meanwhile")
		}
		if err := sqldb.Forget(ctx, tx, try); err != nil {
			return err
		}
		return sqldb.EndTokens(ctx, tx, role, id)
	})
	if err != nil {
		return nil, err
	}
	return said("Password updated successfully"), nil
}
