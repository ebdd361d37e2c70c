package sqldb

import (
	"context"
	"fmt"
	"strconv"

	"github.com/power100/tpe/internal/tpe"
)

// Admin is an administrator's account.
type Admin struct {
	ID           int64  `json:"id"`
	Email        Text   `json:"email"`
	PasswordHash Text   `json:"-" sql:"password_hash"`
	FullName     Text   `json:"full_name"`
	IsActive     Bool   `json:"is_active"`
	CreatedAt    Time   `json:"created_at"`
	UpdatedAt    Time   `json:"updated_at"`
	Generation   Number `json:"-" sql:"(SELECT generation FROM account_tokens t WHERE t.role = 'admin' AND t.account_id = admin_users.id)"`
}

// PartnerUser is the account of a partner's user, with what a token and a
// login answer need of the partner.
type PartnerUser struct {
	ID            int64  `sql:"u.id"`
	PartnerID     Number `sql:"u.partner_id"`
	Email         Text   `sql:"u.email"`
	PasswordHash  Text   `sql:"COALESCE(u.password_hash, u.password)"` // the older service had it in either column
	IsActive      Bool   `sql:"u.is_active"`
	LastLogin     Time   `sql:"u.last_login"`
	CreatedAt     Time   `sql:"u.created_at"`
	CompanyName   Text   `sql:"p.company_name"`
	PartnerActive Bool   `sql:"p.is_active"`
	Generation    Number `sql:"(SELECT generation FROM account_tokens t WHERE t.role = 'partner' AND t.account_id = u.id)"`
}

// AdminByEmail returns an administrator; ok is false when there is none.
func AdminByEmail(ctx context.Context, c Conn, email string) (Admin, bool, error) {
	return adminWhere(ctx, c, `lower(email) = ?`, email)
}

// AdminByID returns an administrator; ok is false when there is none.
func AdminByID(ctx context.Context, c Conn, id int64) (Admin, bool, error) {
	return adminWhere(ctx, c, `id = ?`, id)
}

func adminWhere(ctx context.Context, c Conn, cond string, arg any) (Admin, bool, error) {
	a, ok, err := one[Admin](ctx, c, `SELECT `+columns[Admin]("")+` FROM admin_users WHERE `+cond+` ORDER BY id`, arg)
	if err != nil {
		return a, false, fmt.Errorf("find administrator: %w", err)
	}
	return a, ok, nil
}

// PartnerUserByEmail returns a partner's user; ok is false when there is none.
func PartnerUserByEmail(ctx context.Context, c Conn, email string) (PartnerUser, bool, error) {
	return partnerUserWhere(ctx, c, `lower(u.email) = ?`, email)
}

// PartnerUserByID returns a partner's user; ok is false when there is none.
func PartnerUserByID(ctx context.Context, c Conn, id int64) (PartnerUser, bool, error) {
	return partnerUserWhere(ctx, c, `u.id = ?`, id)
}

func partnerUserWhere(ctx context.Context, c Conn, cond string, arg any) (PartnerUser, bool, error) {
	u, ok, err := one[PartnerUser](ctx, c, `SELECT `+columns[PartnerUser]("")+`
		FROM partner_users u LEFT JOIN strategic_partners p ON p.id = u.partner_id WHERE `+cond+` ORDER BY u.id`, arg)
	if err != nil {
		return u, false, fmt.Errorf("find partner's user: %w", err)
	}
	return u, ok, nil
}

// Account is an administrator, or a partner's user, for a list.
type Account struct {
	Role    string `json:"role"`
	ID      int64  `json:"id"`
	Email   string `json:"email"`
	Active  bool   `json:"active"`
	Partner int64  `json:"partner_id,omitempty"`
}

// Accounts returns the accounts with an e-mail address, in small letters, or
// with an empty one all.
func Accounts(ctx context.Context, c Conn, email string) ([]Account, error) {
	admins, err := all[Admin](ctx, c, `SELECT `+columns[Admin]("")+` FROM admin_users WHERE ? = '' OR lower(email) = ? ORDER BY id`, email, email)
	if err != nil {
		return nil, fmt.Errorf("list administrators: %w", err)
	}
	users, err := all[PartnerUser](ctx, c, `SELECT `+columns[PartnerUser]("")+`
		FROM partner_users u LEFT JOIN strategic_partners p ON p.id = u.partner_id WHERE ? = '' OR lower(u.email) = ? ORDER BY u.id`, email, email)
	if err != nil {
		return nil, fmt.Errorf("list partners' users: %w", err)
	}
	var list []Account
	for _, a := range admins {
		list = append(list, Account{Role: tpe.UserAdmin, ID: a.ID, Email: a.Email.String, Active: a.IsActive.Bool})
	}
	for _, u := range users {
		list = append(list, Account{Role: tpe.UserPartner, ID: u.ID, Email: u.Email.String, Active: u.IsActive.Bool, Partner: int64(u.PartnerID.Float)})
	}
	return list, nil
}

// SetActive makes an account active or not, as a says.
func SetActive(ctx context.Context, c Conn, a Account) error {
	query := `UPDATE admin_users SET is_active = ?, updated_at = CURRENT_TIMESTAMP WHERE id = ?`
	if a.Role == tpe.UserPartner {
		query = `UPDATE partner_users SET is_active = ?, updated_at = CURRENT_TIMESTAMP WHERE id = ?`
	}
	if _, err := run(ctx, c, query, a.Active, a.ID); err != nil {
		return fmt.Errorf("set the state of an account: %w", err)
	}
	return nil
}

// AddAdmin makes an administrator. The error is of the code Conflict when the
// e-mail address is taken.
func AddAdmin(ctx context.Context, c Conn, email, name, hash string) (int64, error) {
	id, _, err := value[int64](ctx, c, `INSERT INTO admin_users (email, password_hash, full_name, is_active) VALUES (?, ?, ?, ?) RETURNING id`, email, hash, name, true)
	if tpe.CodeOf(err) == tpe.Conflict {
		return 0, &tpe.Error{Code: tpe.Conflict, Message: "an administrator with the e-mail address " + email + " exists already"}
	}
	if err != nil {
		return 0, fmt.Errorf("add administrator: %w", err)
	}
	return id, nil
}

// AddPartnerUser makes the account of a partner's user. The error is of the
// code NotFound without the partner, and Conflict when the address is taken.
func AddPartnerUser(ctx context.Context, c Conn, partner int64, email, name, hash string) (int64, error) {
	_, ok, err := value[int64](ctx, c, `SELECT id FROM strategic_partners WHERE id = ?`, partner)
	if err != nil {
		return 0, fmt.Errorf("find partner: %w", err)
	}
	if !ok {
		return 0, tpe.Errorf(tpe.NotFound, "there is no partner %d", partner)
	}
	id, _, err := value[int64](ctx, c, `INSERT INTO partner_users (partner_id, email, password_hash, first_name, role, is_active) VALUES (?, ?, ?, ?, 'owner', ?) RETURNING id`,
		partner, email, hash, name, true)
	if tpe.CodeOf(err) == tpe.Conflict {
		return 0, &tpe.Error{Code: tpe.Conflict, Message: "a partner's user with the e-mail address " + email + " exists already"}
	}
	if err != nil {
		return 0, fmt.Errorf("add partner's user: %w", err)
	}
	return id, nil
}

// SetPassword replaces an account's hash. With was not empty, it does nothing
// unless that is still the hash. The role is tpe.UserAdmin or
// tpe.UserPartner. It reports whether anything was changed.
func SetPassword(ctx context.Context, c Conn, role string, id int64, hash, was string) (bool, error) {
	query := `UPDATE admin_users SET password_hash = ?, updated_at = CURRENT_TIMESTAMP WHERE id = ? AND (? = '' OR password_hash = ?)`
	if role == tpe.UserPartner {
		query = `UPDATE partner_users SET password_hash = ?, password = NULL, updated_at = CURRENT_TIMESTAMP WHERE id = ? AND (? = '' OR COALESCE(password_hash, password) = ?)`
	}
	n, err := run(ctx, c, query, hash, id, was, was)
	if err != nil {
		return false, fmt.Errorf("set password: %w", err)
	}
	return n > 0, nil
}

// PartnerLoggedIn notes when a partner's user signed in.
func PartnerLoggedIn(ctx context.Context, c Conn, id int64) error {
	if _, err := run(ctx, c, `UPDATE partner_users SET last_login = CURRENT_TIMESTAMP WHERE id = ?`, id); err != nil {
		return fmt.Errorf("note login: %w", err)
	}
	return nil
}

// EndTokens ends every token that an account has.
func EndTokens(ctx context.Context, c Conn, role string, id int64) error {
	_, err := run(ctx, c, `INSERT INTO account_tokens (role, account_id, generation) VALUES (?, ?, 1)
		ON CONFLICT (role, account_id) DO UPDATE SET generation = account_tokens.generation + 1`, role, id)
	if err != nil {
		return fmt.Errorf("end tokens: %w", err)
	}
	return nil
}

// RevokeToken ends one token, given by its hash, and forgets those that have
// ended on their own since.
func RevokeToken(ctx context.Context, c Conn, hash string, expires, now int64) error {
	if _, err := run(ctx, c, `DELETE FROM revoked_tokens WHERE expires_ms < ?`, now); err != nil {
		return fmt.Errorf("forget ended tokens: %w", err)
	}
	if _, err := run(ctx, c, `INSERT INTO revoked_tokens (token_hash, expires_ms) VALUES (?, ?) ON CONFLICT (token_hash) DO NOTHING`, hash, expires); err != nil {
		return fmt.Errorf("end token: %w", err)
	}
	return nil
}

// standing is what decides whether a token still counts.
type standing struct {
	Active     Bool   `sql:"a.active"`
	Generation Number `sql:"a.generation"`
	Revoked    Bool   `sql:"EXISTS (SELECT 1 FROM revoked_tokens r WHERE r.token_hash = ?)"`
}

// The three kinds of accounts, each with the token's id and the account's
// state.
var standingOf = map[string]string{
	tpe.UserAdmin: `SELECT tpe_bool(is_active) AS active, (SELECT generation FROM account_tokens WHERE role = 'admin' AND account_id = admin_users.id) AS generation
		FROM admin_users WHERE id = ?`,
	tpe.UserPartner: `SELECT tpe_bool(u.is_active) AND tpe_bool(p.is_active) AS active, (SELECT generation FROM account_tokens WHERE role = 'partner' AND account_id = u.id) AS generation
		FROM partner_users u JOIN strategic_partners p ON p.id = u.partner_id WHERE u.id = ? AND p.id = ?`,
	tpe.UserContractor: `SELECT verification_status = 'verified' AS active, (SELECT generation FROM account_tokens WHERE role = 'contractor' AND account_id = contractors.id) AS generation
		FROM contractors WHERE id = ?`,
}

// Refusal says why a token that was signed by us does not count any more.
type Refusal string

// The refusals; an empty one lets the token pass.
const (
	AccountGone        Refusal = "gone"
	AccountDeactivated Refusal = "deactivated"
	TokenEnded         Refusal = "ended"
)

// Standing says whether a token of an account counts: the account is there
// and active, the token is of its generation and was not logged out.
func (db *DB) Standing(ctx context.Context, role, user, partner string, generation int64, tokenHash string) (Refusal, error) {
	query := standingOf[role]
	if query == "" {
		return AccountGone, nil
	}
	args := []any{tokenHash, rowID(user)}
	if role == tpe.UserPartner {
		args = append(args, rowID(partner))
	}
	s, ok, err := one[standing](ctx, db, `SELECT `+columns[standing]("")+` FROM (`+query+`) a`, args...)
	switch {
	case err != nil:
		return "", fmt.Errorf("look a token up: %w", err)
	case !ok:
		return AccountGone, nil
	case !s.Active.Bool:
		return AccountDeactivated, nil
	case s.Revoked.Bool || s.Generation.Float != float64(generation):
		return TokenEnded, nil
	}
	return "", nil
}

// rowID returns the id of a row from a text; 0, which no row has, when it is
// none.
func rowID(s string) int64 {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return id
}
