package api

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// letters keeps what was sent to people.
type letters struct {
	mu   sync.Mutex
	list [][2]string // to whom, and what
	err  error       // refuses everything
}

func (l *letters) SMS(_ context.Context, to, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.list = append(l.list, [2]string{to, text})
	}
	return l.err
}

func (l *letters) Email(ctx context.Context, to, subject, text string) error {
	return l.SMS(ctx, to, subject+"\n\n"+text)
}

// last returns the last text that was sent.
func (l *letters) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == 0 {
		return ""
	}
	return l.list[len(l.list)-1][1]
}

// password is that of every account here.
const password = "Correct-horse-7"

// bearer makes the value of an Authorization header.
func (h *house) bearer(who auth.Identity) string {
	h.t.Helper()
	s, err := auth.Sign(who, 0, testSecret, time.Now(), time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return "Bearer " + s
}

// jsonWith are the headers of a JSON request, and further ones.
func jsonWith(headers ...string) []string {
	return append([]string{"Content-Type", asJSON}, headers...)
}

// change runs f in a transaction.
func (h *house) change(f func(ctx context.Context, tx *sqldb.Tx) error) {
	h.t.Helper()
	ctx := context.Background()
	if _, err := h.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error { return f(ctx, tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// admin makes an administrator and returns the identity.
func (h *house) admin(email string) auth.Identity {
	h.t.Helper()
	hash, err := h.passwords.Hash(context.Background(), password)
	if err != nil {
		h.t.Fatal(err)
	}
	var id int64
	h.change(func(ctx context.Context, tx *sqldb.Tx) error {
		id, err = sqldb.AddAdmin(ctx, tx, email, "Ada", hash)
		return err
	})
	return auth.Identity{UserID: strconv.FormatInt(id, 10), UserType: tpe.UserAdmin}
}

// partner makes a partner with a user and returns the user's identity.
func (h *house) partner(id int64, email string) auth.Identity {
	h.t.Helper()
	hash, err := h.passwords.Hash(context.Background(), password)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.opts.DB.Seed(context.Background(), []sqldb.SamplePartner{{ID: id, CompanyName: fmt.Sprintf("Partner %d", id), Email: email}}, nil); err != nil {
		h.t.Fatal(err)
	}
	var user int64
	h.change(func(ctx context.Context, tx *sqldb.Tx) error {
		user, err = sqldb.AddPartnerUser(ctx, tx, id, email, "Pat", hash)
		return err
	})
	return auth.Identity{UserID: strconv.FormatInt(user, 10), UserType: tpe.UserPartner, PartnerID: strconv.FormatInt(id, 10)}
}

// contractor makes a verified contractor and returns the identity.
func (h *house) contractor(email string) auth.Identity {
	h.t.Helper()
	var id int64
	h.change(func(ctx context.Context, tx *sqldb.Tx) (err error) {
		id, _, err = sqldb.BeginContractor(ctx, tx, sqldb.SignUp{Name: "Dana", Email: email, Phone: email, CompanyName: "Dana's"}, "hash", time.Now().Add(time.Hour))
		if err != nil {
			return err
		}
		_, err = sqldb.VerifyContractor(ctx, tx, id, "hash")
		return err
	})
	return auth.Identity{UserID: strconv.FormatInt(id, 10), UserType: tpe.UserContractor}
}
