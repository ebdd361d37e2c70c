package consistency

import "testing"

// Two days that two sentences name are the time between them, if the second
// says that something was there.
func TestSinceThen(t *testing.T) {
	r := newReader(newEngine(t).cat)
	for text, want := range map[string]float64{
		"Sent the saddle on Tuesday. It came back Friday.":       3 * day,
		"I wrote on a Friday. The answer came Monday.":           3 * day,
		"Ordered the bell in early March. It arrived late June.": 3*month + 23*day,
		"Sent it on Tuesday. On Friday we play cards.":           0,
		"Sent it on Tuesday. We play cards. It came Friday.":     0,
		"Sent it on Tuesday. It came in March.":                  0,
		"Sent it on Tuesday. It came Tuesday.":                   0,
		"It came Friday.":                                        0,
	} {
		got := 0.0
		r.read(Document{Text: text}, func(s *sentence) {
			for _, q := range s.quants {
				if q.dim == dimDuration {
					got = q.lo
				}
			}
		})
		if d := got - want; d > 1 || d < -1 {
			t.Errorf("%s: %g days, want %g", text, got/day, want/day)
		}
	}
}
