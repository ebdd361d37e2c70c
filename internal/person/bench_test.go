package person

import (
	"strings"
	"testing"
)

// A record of about 800 bytes that has nothing of the person.
func BenchmarkJudge(b *testing.B) {
	text := `{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6903","timestamp":"2026-11-23T10:00:03.000Z","interaction_type":"feedback","user_id":"22","user_type":"contractor","session_id":"5615f15e-4c00-4d71-8951-37e5208d6759","note":"` + strings.Repeat("some words of a text ", 22) + `","metadata":{"app_version":"1","environment":"test","user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","ip_address":"203.0.113.9"}}`
	t := parse(b, text)
	var key Key
	for name, m := range map[string]*Matcher{"one person": NewMatcher(dana(b, "")), "everybody erased": hashed(&key, dana(b, ""))} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if m.Judge(t) != Untouched {
					b.Fatal("it has something")
				}
			}
		})
	}
}
