package spark

import (
	"maps"
	"slices"
	"time"
)

// The views, counted in Go.

func day(t time.Time) string { return t.Format(time.DateOnly) }

func is(b *bool) bool { return b != nil && *b }

// grouped gathers records by a key.
func grouped[K comparable](records []rec, key func(rec) (K, bool)) map[K][]rec {
	out := map[K][]rec{}
	for _, r := range records {
		if k, ok := key(r); ok && r.Metadata.DuplicateOf == "" {
			out[k] = append(out[k], r)
		}
	}
	return out
}

// distinct counts the different texts but "".
func distinct(records []rec, text func(rec) string) int {
	seen := map[string]bool{}
	for _, r := range records {
		seen[text(r)] = true
	}
	delete(seen, "")
	return len(seen)
}

func known(r rec) string {
	if r.User == "anonymous" {
		return ""
	}
	return r.User
}

func wantRecords(records []rec) [][]any {
	var out [][]any
	for k, list := range grouped(records, func(r rec) (string, bool) { return day(r.Time), true }) {
		out = append(out, []any{k, len(list)})
	}
	return out
}

func wantCoach(records []rec) [][]any {
	var out [][]any
	for k, list := range grouped(records, func(r rec) (string, bool) { return day(r.Time), r.AI != nil }) {
		turns := 0
		var messages, tokens int64
		cost := 0.0
		var ms []float64
		for _, r := range list {
			if r.Type == "ai_concierge" {
				turns++
			}
			messages += int64(len(r.AI.Messages))
			if r.AI.Tokens != nil {
				tokens += *r.AI.Tokens
				cost += *r.AI.Cost
				ms = append(ms, *r.AI.MS)
			}
		}
		out = append(out, []any{k, turns, distinct(list, func(r rec) string { return r.Conversation }), distinct(list, known),
			messages, tokens, cost, mean(ms), quantile(ms, 0.95)})
	}
	return out
}

func wantFunnel(records []rec) [][]any {
	users := grouped(records, func(r rec) (string, bool) { return r.User, r.UserType == "contractor" })
	type cohort struct {
		users, matched, booked, closed int
		value                          float64
	}
	cohorts := map[string]*cohort{}
	for _, list := range users {
		var matched, booked, closed time.Time
		value := 0.0
		first := list[0].Time
		for _, r := range list {
			if r.Time.Before(first) {
				first = r.Time
			}
			o := r.Outcomes
			if o == nil {
				continue
			}
			if is(o.Matched) && (matched.IsZero() || r.Time.Before(matched)) {
				matched = r.Time
			}
			if is(o.Booked) && r.Time.After(booked) {
				booked = r.Time
			}
			if is(o.Closed) {
				value += *o.Value
				if r.Time.After(closed) {
					closed = r.Time
				}
			}
		}
		month := first.Format("2006-01-02")[:8] + "01"
		if cohorts[month] == nil {
			cohorts[month] = &cohort{}
		}
		c := cohorts[month]
		c.users++
		if matched.IsZero() {
			continue
		}
		c.matched++
		if booked.IsZero() || booked.Before(matched) {
			continue
		}
		c.booked++
		if !closed.IsZero() && !closed.Before(matched) {
			c.closed++
			c.value += value
		}
	}
	var out [][]any
	for month, c := range cohorts {
		out = append(out, []any{month, c.users, c.matched, c.booked, c.closed, c.value})
	}
	return out
}

func wantPartners(records []rec) [][]any {
	var out [][]any
	for k, list := range grouped(records, func(r rec) (string, bool) {
		if r.Outcomes != nil && r.Outcomes.Partner != nil {
			return *r.Outcomes.Partner, true
		}
		return r.Partner, r.Partner != ""
	}) {
		var demos, deals int
		var value float64
		var scores, satisfaction, ratings []float64
		looks := map[string][]float64{} // the scores of each contractor and day
		for _, r := range list {
			if f := r.Feedback; f != nil && f.Rating != nil {
				ratings = append(ratings, *f.Rating)
			}
			o := r.Outcomes
			if o == nil {
				continue
			}
			if is(o.Matched) {
				who := known(r)
				if who == "" {
					who = r.ID
				}
				who += r.Time.Format(" 2006-01-02")
				looks[who] = append(looks[who], nil...) // also without a score
				if o.Score != nil && *o.Score <= 1 {
					looks[who] = append(looks[who], *o.Score*100)
				} else if o.Score != nil {
					looks[who] = append(looks[who], *o.Score)
				}
			}
			if is(o.Booked) {
				demos++
			}
			if is(o.Closed) {
				deals++
				value += *o.Value
			}
			if o.Satisfaction != nil {
				satisfaction = append(satisfaction, *o.Satisfaction)
			}
		}
		for _, look := range looks {
			if score, ok := mean(look).(float64); ok {
				scores = append(scores, score)
			}
		}
		contractors := distinct(list, func(r rec) string {
			if r.Outcomes == nil || !is(r.Outcomes.Matched) {
				return ""
			}
			return known(r)
		})
		out = append(out, []any{k, len(looks), contractors, mean(scores), demos, deals, value, mean(satisfaction), mean(ratings)})
	}
	return out
}

func wantTraffic(records []rec) [][]any {
	var out [][]any
	for k, list := range grouped(records, func(r rec) ([3]string, bool) {
		if r.Call == nil {
			return [3]string{}, false
		}
		route := r.Call.Path
		if r.Call.Route != nil {
			route = *r.Call.Route
		}
		return [3]string{day(r.Time), r.Call.Method, route}, true
	}) {
		var client, server int
		var ms []float64
		for _, r := range list {
			switch {
			case r.Call.Status >= 500:
				server++
			case r.Call.Status >= 400:
				client++
			}
			if r.Call.MS != nil {
				ms = append(ms, *r.Call.MS)
			}
		}
		out = append(out, []any{k[0], k[1], k[2], len(list), client, server, mean(ms), quantile(ms, 0.95), slices.Max(ms)})
	}
	return out
}

// wantReading answers the questions about reading, marked duplicates
// included.
func wantReading(records []rec, want reading) map[string]any {
	n := map[string]float64{}
	add := func(name string, x float64) { n[name] += x }
	one := func(name string, yes bool) {
		if yes {
			add(name, 1)
		} else {
			add(name, 0)
		}
	}
	for _, r := range records {
		one("rows", true)
		one("type", r.Type == "deal_closed")
		one("id", r.ID == want.ID)
		one("user", r.User == want.User)
		one("comment", r.Feedback != nil && r.Feedback.Comment == want.Comment)
		at := r.Time.Format("2006-01-02 15:04:05.000")
		one("from_until", at >= want.From && at < want.Until)
		one("no_conversation", r.AI == nil)
		one("no_deal_value", r.Outcomes == nil || r.Outcomes.Value == nil)
		one("has_extra", r.Strange != nil)
		one("country", r.Metadata.Location != nil && r.Metadata.Location.Country == "US")
		if c := r.Call; c != nil {
			one("status_4xx", c.Status >= 400 && c.Status < 500)
			if c.MS != nil {
				add("response_ms", *c.MS)
			}
		}
		if o := r.Outcomes; o != nil {
			one("matched", is(o.Matched))
			if o.Value != nil {
				add("deal_value", *o.Value)
				one("deal_range", *o.Value > 1000.5 && *o.Value <= 5000)
			}
		}
		if a := r.AI; a != nil {
			one("empty_lists", len(a.Messages) == 0)
			add("messages", float64(len(a.Messages)))
			for _, m := range a.Messages {
				if m.Tokens != nil {
					add("message_tokens", float64(*m.Tokens))
				}
			}
			if a.Tokens != nil {
				add("tokens", float64(*a.Tokens))
			}
		}
		if r.Experiments != nil {
			add("experiments", float64(len(*r.Experiments)))
		}
	}
	out := map[string]any{}
	for _, name := range slices.Collect(maps.Keys(n)) {
		out[name] = n[name]
	}
	return out
}
