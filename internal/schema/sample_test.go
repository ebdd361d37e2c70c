package schema

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/power100/tpe/internal/tape"
)

func openDefault(t testing.TB) *Set {
	t.Helper()
	s, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openLone opens the closed schema of testdata/lone.
func openLone(t testing.TB) *Set {
	t.Helper()
	s, err := Open(os.DirFS("testdata/lone"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(t testing.TB, text []byte) *tape.Tape {
	t.Helper()
	var tp tape.Tape
	if err := tp.Parse(text); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return &tp
}

// verdict asks the library alone.
func verdict(c *contract, tp *tape.Tape) bool {
	doc := tree(tp, 0)
	for _, s := range c.slow {
		if s.Validate(doc) != nil {
			return false
		}
	}
	return true
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// sampler makes records as an application of some size writes them: mostly
// calls, some conversations, some business. All are valid in both contracts.
type sampler struct{ *rand.Rand }

func newSampler(seed uint64) sampler { return sampler{rand.New(rand.NewPCG(seed, 1))} }

func (r sampler) of(list ...string) string { return list[r.IntN(len(list))] }

func (r sampler) uuid() string {
	var u uuid.UUID
	for i := range u {
		u[i] = byte(r.Uint32())
	}
	return u.String()
}

func (r sampler) text(words int) string {
	out := ""
	for range words {
		out += r.of("we", "need", "to", "confirm", "your", "license", "before", "the", "renewal", "of", "insurance", "caf\u00e9", "\"quoted\"", "state.\n") + " "
	}
	return out
}

func (r sampler) record() []byte {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(300*86400*1000)) * time.Millisecond)
	ip := fmt.Sprintf("%d.%d.%d.%d", 11+r.IntN(180), r.IntN(256), r.IntN(256), 1+r.IntN(254))
	typ, field := "api_call", "api_call"
	var detail object
	switch n := r.IntN(100); {
	case n < 70:
		detail = object{
			{"method", r.of("GET", "POST", "PUT")}, {"path", r.of("/api/v1/matches", "/api/v1/chat", "/healthz")},
			{"response_status", []int{200, 201, 404, 500}[r.IntN(4)]}, {"response_time_ms", float64(r.IntN(90000)) / 100},
			{"request_body", object{{"state", r.of("CA", "TX")}, {"limit", 10 * r.IntN(10)}, {"note", r.text(6)}, {"tags", []string{"roofing", "solar"}}}},
			{"query_params", object{{"page", "3"}, {"sort", "created_at"}}},
		}
	case n < 80:
		typ, field = "ai_concierge", "ai_conversation"
		var messages []object
		for i := range 2 + r.IntN(3) {
			messages = append(messages, object{{"role", []string{"user", "assistant"}[i%2]}, {"content", r.text(60)}, {"timestamp", at.Format("2006-01-02T15:04:05.000Z")}, {"tokens", 80}})
		}
		detail = object{{"messages", messages}, {"total_tokens", 320}, {"cost", float64(r.IntN(9999)) / 1e6}, {"model", r.of("gpt-4o", "claude-3-haiku")}}
	case n < 92:
		typ, field = "deal_closed", "outcomes"
		detail = object{{"deal_closed", true}, {"deal_value", float64(r.IntN(9000000)) / 100}, {"match_score", float64(r.IntN(1001)) / 1000}, {"match_reasons", []string{"price fit", "same state coverage"}}}
	default:
		typ, field = "feedback", "feedback"
		detail = object{{"rating", 1 + r.IntN(5)}, {"comment", r.text(20)}, {"email", "dana.w@whitfield.example"}, {"day", "2026-02-28"}}
	}
	rec := object{
		{"interaction_id", r.uuid()}, {"timestamp", at.Format("2006-01-02T15:04:05.000Z")}, {"interaction_type", typ},
		{"user_id", fmt.Sprintf("user_%06d", r.IntN(50000))}, {"user_type", r.of("contractor", "contractor", "partner", "admin")}, {"session_id", r.uuid()},
		{field, detail},
		{"metadata", object{{"app_version", "3.12.0"}, {"environment", r.of("production", "staging")}, {"user_agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36"}, {"ip_address", ip}, {"location", object{{"country", "US"}, {"state", "CA"}, {"city", "Los Angeles"}}}}},
		{"experiments", object{{"onboarding_v2", r.of("control", "treatment_a")}}},
	}
	if typ == "ai_concierge" {
		rec = append(rec, member{"conversation_id", r.uuid()})
	}
	out, err := json.Marshal(rec)
	if err != nil {
		panic(err)
	}
	return out
}
