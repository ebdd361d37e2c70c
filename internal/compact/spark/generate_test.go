package spark

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// rec is a record, as far as the views look at it.
type rec struct {
	ID           string             `json:"interaction_id"`
	Time         time.Time          `json:"timestamp"`
	Type         string             `json:"interaction_type"`
	User         string             `json:"user_id"`
	UserType     string             `json:"user_type"`
	Conversation string             `json:"conversation_id,omitempty"`
	Partner      string             `json:"partner_id,omitempty"`
	Call         *recCall           `json:"api_call,omitempty"`
	Outcomes     *recOutcomes       `json:"outcomes,omitempty"`
	AI           *recAI             `json:"ai_conversation,omitempty"`
	Feedback     *recFeedback       `json:"feedback,omitempty"`
	Experiments  *map[string]string `json:"experiments,omitempty"`
	Metadata     recMetadata        `json:"metadata"`
	Strange      any                `json:"strange,omitempty"` // no column has it
}

type recCall struct {
	Method string   `json:"method"`
	Path   string   `json:"path"`
	Route  *string  `json:"route,omitempty"`
	Status int      `json:"response_status"`
	MS     *float64 `json:"response_time_ms,omitempty"`
	Body   any      `json:"request_body,omitempty"`
}

type recOutcomes struct {
	Matched      *bool    `json:"partner_matched,omitempty"`
	Booked       *bool    `json:"demo_booked,omitempty"`
	Closed       *bool    `json:"deal_closed,omitempty"`
	Value        *float64 `json:"deal_value,omitempty"`
	Satisfaction *float64 `json:"satisfaction_score,omitempty"`
	Partner      *string  `json:"partner_id,omitempty"`
	Score        *float64 `json:"match_score,omitempty"`
	Reasons      []string `json:"match_reasons,omitempty"`
}

type recAI struct {
	Messages []recMessage `json:"messages"`
	Tokens   *int64       `json:"total_tokens,omitempty"`
	Cost     *float64     `json:"cost,omitempty"`
	Model    string       `json:"model,omitempty"`
	MS       *float64     `json:"duration_ms,omitempty"`
}

type recMessage struct {
	Role    string     `json:"role"`
	Content string     `json:"content"`
	Time    *time.Time `json:"timestamp,omitempty"`
	Tokens  *int64     `json:"tokens,omitempty"`
	Mood    string     `json:"mood,omitempty"` // no column has it
}

type recFeedback struct {
	Rating  *float64 `json:"rating,omitempty"`
	Comment string   `json:"comment"`
}

type recMetadata struct {
	Version     string       `json:"app_version"`
	Environment string       `json:"environment"`
	Agent       string       `json:"user_agent"`
	Address     string       `json:"ip_address"`
	Location    *recLocation `json:"location,omitempty"`
	DuplicateOf string       `json:"duplicate_of,omitempty"`
}

type recLocation struct {
	Country string `json:"country"`
	State   string `json:"state,omitempty"`
}

// testComment has all that a text can trip over.
const testComment = "It's \"great\" \\ naïve – 日本\n😀"

// generated returns records of three days in two months, in the order of
// their time. The same seed makes the same records.
func generated(n int) []rec {
	r := rand.New(rand.NewPCG(7, 11))
	chance := func(percent int) bool { return r.IntN(100) < percent }
	start := time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)
	var out []rec
	for i := range n {
		at := start.Add(time.Duration(i) * 72 * time.Hour / time.Duration(n)).Add(time.Duration(r.IntN(1000)) * time.Millisecond).Truncate(time.Millisecond)
		x := rec{
			ID:   fmt.Sprintf("%08x-0000-4000-8000-%012x", i, r.Uint32()),
			Time: at, User: fmt.Sprintf("%d", r.IntN(60)), UserType: "contractor",
			Metadata: recMetadata{Version: "1.0." + fmt.Sprint(r.IntN(3)), Environment: "test", Agent: "Mozilla/5.0", Address: fmt.Sprintf("10.0.%d.%d", r.IntN(9), r.IntN(250))},
		}
		if chance(20) {
			x.User, x.UserType = "anonymous", "unknown"
		}
		if chance(70) {
			x.Metadata.Location = &recLocation{Country: []string{"US", "CA"}[r.IntN(2)]}
		}
		if chance(30) {
			x.Experiments = &map[string]string{}
			for k := range r.IntN(3) {
				(*x.Experiments)[fmt.Sprint("exp", k)] = fmt.Sprint("v", r.IntN(3))
			}
		}
		if chance(5) {
			x.Strange = []any{1, map[string]any{"a": nil, "b": "ü"}}
		}
		x.fill(r, chance)
		out = append(out, x)
		if x.Type == "api_call" && chance(10) {
			twin := x
			twin.ID = fmt.Sprintf("%08x-0000-4000-9000-%012x", i, r.Uint32())
			twin.Metadata.DuplicateOf = x.ID
			out = append(out, twin)
		}
	}
	return out
}

// fill gives a record its type and what belongs to it.
func (x *rec) fill(r *rand.Rand, chance func(int) bool) {
	yes, no := true, false
	number := func(f float64) *float64 { return &f }
	whole := func(i int64) *int64 { return &i }
	cents := func(limit int) *float64 { return number(float64(r.IntN(limit*100)) / 100) }
	partner := fmt.Sprint("p", r.IntN(7))
	switch k := r.IntN(100); {
	case k < 55:
		x.Type = "api_call"
		x.Call = &recCall{Method: []string{"GET", "POST"}[r.IntN(2)], Path: fmt.Sprint("/api/partners/", r.IntN(5)), Status: []int{200, 200, 201, 404, 422, 500}[r.IntN(6)]}
		if route := "/api/partners/{id}"; chance(80) {
			x.Call.Route = &route
		}
		if chance(95) {
			x.Call.MS = cents(300)
		}
		if chance(20) {
			x.Call.Body = map[string]any{"q": []any{1, "a"}, "n": nil}
		}
	case k < 75:
		x.Type = []string{"ai_concierge", "ai_concierge_response"}[r.IntN(2)]
		x.Conversation = fmt.Sprintf("c%d", r.IntN(200))
		x.AI = &recAI{Messages: []recMessage{}, Model: []string{"gpt-4o", "gpt-4o-mini", ""}[r.IntN(3)]}
		for m := range r.IntN(4) {
			msg := recMessage{Role: []string{"user", "assistant"}[m%2], Content: "word ü " + fmt.Sprint(r.IntN(1000))}
			if chance(80) {
				msg.Tokens, msg.Time = whole(int64(r.IntN(500))), &x.Time
			}
			if chance(10) {
				msg.Mood = "good"
			}
			x.AI.Messages = append(x.AI.Messages, msg)
		}
		if chance(90) {
			x.AI.Tokens, x.AI.Cost, x.AI.MS = whole(int64(r.IntN(4000))), number(float64(r.IntN(1000))/1e5), cents(4000)
		}
	case k < 85:
		x.Type, x.Partner = "partner_match", partner
		x.Outcomes = &recOutcomes{Matched: &yes, Score: number(float64(r.IntN(100))), Reasons: []string{"near", "fits"}[:r.IntN(3)]}
		if chance(10) {
			x.Outcomes.Score = number(0.5)
		}
		if chance(10) {
			x.Outcomes.Matched = &no
		}
	case k < 91:
		x.Type, x.Outcomes = "demo_booking", &recOutcomes{Booked: &yes, Partner: &partner}
	case k < 95:
		x.Type, x.Outcomes = "deal_closed", &recOutcomes{Closed: &yes, Partner: &partner, Value: cents(9000)}
		if chance(50) {
			x.Outcomes.Satisfaction = number(float64(r.IntN(11)))
		}
	default:
		x.Type, x.Partner = "feedback", partner
		x.Feedback = &recFeedback{Comment: "fine"}
		if chance(20) {
			x.Feedback.Comment = testComment
		}
		if chance(80) {
			x.Feedback.Rating = number(float64(1 + r.IntN(5)))
		}
	}
}

// line returns the record as a line of a segment.
func (x rec) line() string {
	b, err := json.Marshal(x)
	if err != nil {
		panic(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		panic(err)
	}
	m["timestamp"] = x.Time.Format("2006-01-02T15:04:05.000Z")
	if ai, ok := m["ai_conversation"].(map[string]any); ok {
		for _, msg := range ai["messages"].([]any) {
			if msg := msg.(map[string]any); msg["timestamp"] != nil {
				msg["timestamp"] = m["timestamp"]
			}
		}
	}
	b, err = json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// mean and quantile are nil for no values. The quantile lies between two
// values as the straight line between them says.
func mean(v []float64) any {
	if len(v) == 0 {
		return nil
	}
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func quantile(v []float64, share float64) any {
	if len(v) == 0 {
		return nil
	}
	slices.Sort(v)
	at := share * float64(len(v)-1)
	lo, hi := int(math.Floor(at)), int(math.Ceil(at))
	return v[lo] + (v[hi]-v[lo])*(at-float64(lo))
}
