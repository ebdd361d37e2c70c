package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// pieces are what the texts of the gate are made of.
var pieces = strings.Split(`password|token|"token"|code|"code"|cookie|Authorization|tokens|pin|PIN|OTP|ssn|cvv|api key|credentials|verification |gate |your |name|value|"name"|body|`+
	`:|=|: | = |:=|=>|,|;|&|?|/| |  |.|. |"|'|\"|\\\"|\|{|}|[|]|(|)|<|>|</b>|**|%|%3D|%22|%3A|%25|+|@|://|#|~|-|_|$|is |are | as |`+
	`a|Z9|abc|hunter2|123456|4471|123|2024|4111 1111 1111 1111|5555555555554444|078-05-1120|eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2ln|sk-proj-aB3|`+
	`AKIAIOSFODNN7EXAMPLE|Bearer |Basic aWRhOmh1bnRlcjI=|-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----|MIIE|[redacted]|[REDACTED]|[redac|&quot;|true|null|`+
	`<password>|</password>|<![CDATA[|name="password"|form-data; |é|`+"\n|\r\n|\t|\n\n|--x", "|")

func compose(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// Whatever text the pieces make: once through the gate is enough, and JSON
// around it stays JSON.
func TestPieces(t *testing.T) {
	g := New(Options{})
	r := rand.New(rand.NewPCG(5, 11))
	for range 20_000 {
		s := compose(r, 1+r.IntN(14))
		clean(t, g, s)
		q := g.Query(s)
		if again := g.Query(q); again != q {
			t.Errorf("Query is not idempotent\n in    %q\n once  %q\n twice %q", s, q, again)
		}
		in := fmt.Sprintf(`{%s:%s,"x":[%s,{"y":%s}],%s:%s}`, quote(compose(r, 2)), quote(s), quote(compose(r, 4)),
			quote(`{"z":`+quote(compose(r, 5))+`}`), quote("k"+compose(r, 3)), quote(compose(r, 4)))
		var tp tape.Tape
		if tp.Parse([]byte(in)) != nil {
			continue // the names are equal
		}
		clean(t, g, in)
		if t.Failed() {
			return
		}
	}
}
