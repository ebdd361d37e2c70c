package finetune

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // sorts what does not fit into memory

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// spool holds what matters of the records in a temporary SQLite file, so that
// they can be read by conversation.
type spool struct {
	dir     string
	db      *sql.DB
	tx      *sql.Tx
	insert  [5]*sql.Stmt
	records int64
}

const (
	turnRow = iota
	ratingRow
	outcomeRow
	consentRow
	seenRow
)

var spoolSchema = []string{
	"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -16000",
	"CREATE TABLE turn (conversation TEXT, at TEXT, id TEXT, kind TEXT, parent TEXT, user TEXT, person TEXT, messages TEXT, finish TEXT, answered INT)",
	"CREATE TABLE rating (conversation TEXT, parent TEXT, rating REAL)",
	"CREATE TABLE outcome (user TEXT, name TEXT, at TEXT, id TEXT)",
	"CREATE TABLE consent (who TEXT, at TEXT, id TEXT, given INT)",
	"CREATE TABLE seen (hash TEXT PRIMARY KEY, conversation TEXT) WITHOUT ROWID",
}

var spoolInserts = [...]string{
	"INSERT INTO turn VALUES (?,?,?,?,?,?,?,?,?,?)",
	"INSERT INTO rating VALUES (?,?,?)",
	"INSERT INTO outcome VALUES (?,?,?,?)",
	"INSERT INTO consent VALUES (?,?,?,?)",
	"INSERT OR IGNORE INTO seen VALUES (?,?)",
}

func openSpool(ctx context.Context, dir string) (_ *spool, err error) {
	s := &spool{}
	defer func() {
		if err != nil {
			s.close()
			err = fmt.Errorf("open temporary database: %w", err)
		}
	}()
	if s.dir, err = os.MkdirTemp(dir, "tpe-finetune-*"); err != nil { // for the owner alone
		return nil, err
	}
	if s.db, err = sql.Open("sqlite", filepath.Join(s.dir, "spool.db")); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(1)
	for _, q := range spoolSchema {
		if _, err = s.db.ExecContext(ctx, q); err != nil {
			return nil, err
		}
	}
	if s.tx, err = s.db.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	for i, q := range spoolInserts {
		if s.insert[i], err = s.tx.PrepareContext(ctx, q); err != nil { //nolint:sqlclosecheck // close does
			return nil, err
		}
	}
	return s, nil
}

// close removes the file. What it held was a copy.
func (s *spool) close() {
	for _, stmt := range s.insert {
		if stmt != nil {
			_ = stmt.Close()
		}
	}
	if s.tx != nil {
		_ = s.tx.Rollback() // does nothing after a commit
	}
	if s.db != nil {
		_ = s.db.Close()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

func (s *spool) put(ctx context.Context, row int, args ...any) error {
	if _, err := s.insert[row].ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("keep a record for sorting: %w", err)
	}
	return nil
}

// add takes what matters of a record.
func (s *spool) add(ctx context.Context, t *tape.Tape) error {
	if _, ok := t.Find("metadata", "duplicate_of"); ok {
		return nil
	}
	s.records++
	id, at, kind, user := text(t, "interaction_id"), text(t, "timestamp"), text(t, "interaction_type"), text(t, "user_id")
	conversation, parent := text(t, "conversation_id"), text(t, "parent_interaction_id")
	person := key(text(t, "user_type"), user)
	if user == tpe.Anonymous || user == "" {
		if person = text(t, "session_id"); person == "" {
			person = conversation
		}
		person = "visit " + person
	}
	if n, ok := t.Find("metadata", "training_consent"); ok && (t.Kind(n) == tape.KindTrue || t.Kind(n) == tape.KindFalse) {
		if err := s.put(ctx, consentRow, person, at, id, t.Kind(n) == tape.KindTrue); err != nil {
			return err
		}
	}
	for _, name := range outcomes[1:] {
		if n, ok := t.Find("outcomes", name); ok && t.Kind(n) == tape.KindTrue {
			if err := s.put(ctx, outcomeRow, person, name, at, id); err != nil {
				return err
			}
		}
	}
	if kind == tpe.TypeFeedback || kind == tpe.TypeAIConcierge || kind == tpe.TypeAIConciergeResponse {
		if err := s.addRating(ctx, t, conversation, parent, id, kind); err != nil {
			return err
		}
	}
	if kind != tpe.TypeAIConcierge && kind != tpe.TypeAIConciergeResponse {
		return nil
	}
	if conversation == "" {
		conversation = "record " + either(parent, id)
	}
	answered := 0
	if n, ok := t.Find("outcomes", "question_answered"); ok && t.Kind(n) == tape.KindTrue {
		answered = 1
	}
	messages := []byte("[]")
	if n, ok := t.Find("ai_conversation", "messages"); ok {
		messages = t.AppendCompact(messages[:0], n)
	}
	finish := ""
	if n, ok := t.Find("ai_conversation", "finish_reason"); ok && t.Kind(n) == tape.KindString {
		finish = t.Text(n)
	}
	return s.put(ctx, turnRow, conversation, at, id, kind, parent, user, person, string(messages), finish, answered)
}

// addRating takes a rating, or a thumb, of a conversation or an answer.
func (s *spool) addRating(ctx context.Context, t *tape.Tape, conversation, parent, id, kind string) error {
	rating := -1.0
	if n, ok := t.Find("feedback", "helpful"); ok {
		if t.Kind(n) == tape.KindTrue {
			rating = 10
		} else if t.Kind(n) == tape.KindFalse {
			rating = 0
		}
	}
	if n, ok := t.Find("feedback", "rating"); ok && t.Kind(n) == tape.KindNumber {
		if f, ok := t.Float(n); ok {
			rating = f
		}
	}
	if rating < 0 {
		return nil
	}
	if kind != tpe.TypeFeedback {
		parent = id
	}
	return s.put(ctx, ratingRow, conversation, parent, rating)
}

func text(t *tape.Tape, name string) string {
	n, ok := t.Find(name)
	if !ok || t.Kind(n) != tape.KindString && t.Kind(n) != tape.KindNumber {
		return ""
	}
	return t.Text(n)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// ready ends the reading of records.
func (s *spool) ready(ctx context.Context) error {
	for _, q := range []string{
		"CREATE INDEX turn_by ON turn (conversation, at, id)", "CREATE INDEX rating_by ON rating (conversation)", "CREATE INDEX rating_of ON rating (parent)",
		"CREATE INDEX outcome_by ON outcome (user, name, at)", "CREATE INDEX consent_by ON consent (who, at, id)",
	} {
		if _, err := s.tx.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("sort the records: %w", err)
		}
	}
	return nil
}

// message is one message of a conversation.
type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// turn is one record of a conversation.
type turn struct {
	at, id, kind, parent, user, person, finish string
	answered                                   bool
	messages                                   []message
	raw                                        string
}

// conversation is all records of one conversation, oldest first.
type conversation struct {
	id    string
	turns []turn
	large bool // only its first records are in turns
}

// maxTurns and maxConversation bound what is held of one conversation.
const (
	maxTurns        = 1000
	maxConversation = 8 << 20
)

// conversations yields the conversations by their id.
func (s *spool) conversations(ctx context.Context) iter.Seq2[conversation, error] {
	return func(yield func(conversation, error) bool) {
		fail := func(err error) { yield(conversation{}, fmt.Errorf("read the sorted records: %w", err)) }
		last := ""
		for {
			var id string
			err := s.tx.QueryRowContext(ctx, "SELECT conversation FROM turn WHERE conversation > ? ORDER BY conversation LIMIT 1", last).Scan(&id)
			if errors.Is(err, sql.ErrNoRows) {
				return
			}
			if err != nil {
				fail(err)
				return
			}
			last = id
			c, err := s.conversation(ctx, id)
			if err != nil {
				fail(err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (s *spool) conversation(ctx context.Context, id string) (conversation, error) {
	c := conversation{id: id}
	rows, err := s.tx.QueryContext(ctx, "SELECT at, id, kind, parent, user, person, messages, finish, answered FROM turn WHERE conversation = ? ORDER BY at, id", id)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	size := 0
	for rows.Next() {
		var t turn
		if err := rows.Scan(&t.at, &t.id, &t.kind, &t.parent, &t.user, &t.person, &t.raw, &t.finish, &t.answered); err != nil {
			return c, err
		}
		if size += len(t.raw); len(c.turns) == maxTurns || size > maxConversation {
			c.large = true
			return c, nil
		}
		if n := len(c.turns); n > 0 && c.turns[n-1].id == t.id && c.turns[n-1].raw == t.raw {
			continue // the same record twice
		}
		_ = json.Unmarshal([]byte(t.raw), &t.messages) // a record without readable messages has none
		c.turns = append(c.turns, t)
	}
	return c, rows.Err()
}

// consented says whether a person agreed; told is false when no record says.
func (s *spool) consented(ctx context.Context, person string) (given, told bool, err error) {
	err = s.tx.QueryRowContext(ctx, "SELECT given FROM consent WHERE who = ? ORDER BY at DESC, id DESC LIMIT 1", person).Scan(&given)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	return given, err == nil, err
}

// outcome finds the first outcome of a person between two times.
func (s *spool) outcome(ctx context.Context, person, name, from, to string) (id string, ok bool, err error) {
	err = s.tx.QueryRowContext(ctx, "SELECT id FROM outcome WHERE user = ? AND name = ? AND at >= ? AND at <= ? ORDER BY at, id LIMIT 1", person, name, from, to).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return id, err == nil, err
}

// ratings returns the least rating of a conversation and its records.
func (s *spool) ratings(ctx context.Context, c conversation) (least float64, ok bool, err error) {
	ask := func(q, id string) error {
		var r sql.NullFloat64
		if err := s.tx.QueryRowContext(ctx, q, id).Scan(&r); err != nil {
			return err
		}
		if r.Valid && (!ok || r.Float64 < least) {
			least, ok = r.Float64, true
		}
		return nil
	}
	err = ask("SELECT min(rating) FROM rating WHERE conversation = ?", c.id)
	for _, t := range c.turns {
		if err != nil {
			break
		}
		err = ask("SELECT min(rating) FROM rating WHERE parent = ?", t.id)
	}
	return least, ok, err
}

// first notes an example by its hash; again names the conversation that had
// the same one before.
func (s *spool) first(ctx context.Context, hash, conversation string) (again string, err error) {
	if err := s.put(ctx, seenRow, hash, conversation); err != nil {
		return "", err
	}
	var who string
	if err := s.tx.QueryRowContext(ctx, "SELECT conversation FROM seen WHERE hash = ?", hash).Scan(&who); err != nil {
		return "", fmt.Errorf("find twins: %w", err)
	}
	if who == conversation {
		return "", nil
	}
	return who, nil
}
