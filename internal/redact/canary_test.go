package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// An entrance is a way by which a secret may come in under a name. It holds
// a control value too, which must come through.
type entrance struct {
	name string
	make func(key, secret, control string) string
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func plain(key, secret, control string) string {
	return fmt.Sprintf(`{"first":%s,%s:%s,"last":%s}`, quote(control), quote(key), quote(secret), quote(control))
}

func entrances() []entrance {
	nest := func(levels int) func(key, secret, control string) string {
		return func(key, secret, control string) string {
			s := plain(key, secret, control)
			for range levels {
				s = fmt.Sprintf(`{"data":%s,"last":%s}`, quote(s), quote(control))
			}
			return s
		}
	}
	deep := func(levels int) func(key, secret, control string) string {
		return func(key, secret, control string) string {
			s := plain(key, secret, control)
			for i := range levels {
				if i%2 == 0 {
					s = fmt.Sprintf(`[1,%s,%s]`, s, quote(control))
				} else {
					s = fmt.Sprintf(`{"request_body":%s,"last":%s}`, s, quote(control))
				}
			}
			return s
		}
	}
	return []entrance{
		{"object", plain},
		{"pretty object", func(k, s, c string) string {
			var b bytes.Buffer
			if err := json.Indent(&b, []byte(plain(k, s, c)), "", "  "); err != nil {
				panic(err)
			}
			return b.String()
		}},
		{"two down", deep(2)}, {"nine down", deep(9)},
		{"list below", func(k, s, c string) string { return fmt.Sprintf(`{%s:[%s],"last":%s}`, quote(k), quote(s), quote(c)) }},
		{"name and value", func(k, s, c string) string {
			return fmt.Sprintf(`{"fields":[{"value":%s,"name":%s},{"name":"city","value":%s}]}`, quote(s), quote(k), quote(c))
		}},
		{"header pairs", func(k, s, c string) string {
			return fmt.Sprintf(`{"headers":[[%s,%s],["Host",%s]]}`, quote(k), quote(s), quote(c))
		}},
		{"raw headers", func(k, s, c string) string {
			return fmt.Sprintf(`{"rawHeaders":["Host",%s,%s,%s]}`, quote(c), quote(k), quote(s))
		}},
		{"JSON in a string", nest(1)}, {"JSON in a string, thrice", nest(3)},
		{"lines of JSON", func(k, s, c string) string { return plain("first", c, c) + "\n" + plain(k, s, c) + "\n" }},
		{"name of a member", func(k, s, c string) string { return fmt.Sprintf(`{%s:"","last":%s}`, quote(plain(k, s, c)), quote(c)) }},
		{"torn JSON", func(k, s, c string) string { return plain(k, s, c) + `,"tor` }},
		{"torn JSON in a string", func(k, s, c string) string { return strings.TrimSuffix(nest(1)(k, s, c), "}") }},
		{"torn JSON in a string, twice", func(k, s, c string) string { return strings.TrimSuffix(nest(2)(k, s, c), "}") }},
		{"torn value", func(k, s, c string) string {
			return strings.TrimSuffix(fmt.Sprintf(`{"a":%s,%s:%s`, quote(c), quote(k), quote(s)), `"`)
		}},
		{"torn list", func(k, s, c string) string {
			return fmt.Sprintf(`"a":%s,%s:[%s],"b":%s,`, quote(c), quote(k), quote(s), quote(c))
		}},
		{"JSON with doubled names", func(k, s, c string) string { return fmt.Sprintf(`{"a":1,"a":%s,%s:%s}`, quote(c), quote(k), quote(s)) }},
		{"query", func(k, s, c string) string {
			return "https://a.example/in?first=" + c + "&" + url.QueryEscape(k) + "=" + url.QueryEscape(s) + "&last=" + c
		}},
		{"query in a path", func(k, s, c string) string {
			return fmt.Sprintf(`{"path":"/in?%s=%s&last=%s"}`, url.QueryEscape(k), url.QueryEscape(s), c)
		}},
		{"query in a query", func(k, s, c string) string {
			return "/in?next=" + url.QueryEscape("/out?"+url.QueryEscape(k)+"="+url.QueryEscape(s)+"&x="+c) + "&last=" + c
		}},
		{"JSON in a query", func(k, s, c string) string { return "/in?data=" + url.QueryEscape(plain(k, s, c)) + "&last=" + c }},
		{"fragment", func(k, s, c string) string {
			return "https://a.example/" + c + "#" + url.QueryEscape(k) + "=" + url.QueryEscape(s) + "&last=" + c
		}},
		{"form", func(k, s, c string) string { return url.QueryEscape(k) + "=" + url.QueryEscape(s) + "&last=" + c }},
		{"form in a record", func(k, s, c string) string {
			return fmt.Sprintf(`{"request_body":%s,"last":%s}`, quote("first="+c+"&"+url.QueryEscape(k)+"="+url.QueryEscape(s)), quote(c))
		}},
		{"UTF-16", func(k, s, c string) string { return wideString(plain(k, s, c), 2, false) }},
		{"UTF-32, big-endian", func(k, s, c string) string { return wideString(plain(k, s, c), 4, true) }},
		{"name and text", func(k, s, c string) string {
			return fmt.Sprintf(`[{"text":%s,"id":%s},{"id":"city","text":%s}]`, quote(s), quote(k), quote(c))
		}},
		{"multipart form", func(k, s, c string) string {
			return fmt.Sprintf("--x\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n--x\r\nContent-Disposition: form-data; name=\"last\"\r\n\r\n%s\r\n--x--", k, s, c)
		}},
	}
}

// Entrances for secrets without spaces, quotes and brackets.
func wordEntrances() []entrance {
	return []entrance{
		{"header lines", func(k, s, c string) string { return "Host: " + c + "\r\n" + k + ": " + s + "\r\nAccept: " + c }},
		{"assignment", func(k, s, c string) string { return "FIRST=" + c + "\n" + k + "=" + s + "\nLAST=" + c }},
		{"assignment with spaces", func(k, s, c string) string { return "first = " + c + "\n" + k + " = " + s + "\nlast = " + c }},
		{"colon", func(k, s, c string) string { return c + "\n" + k + ": " + s + "\n" + c }},
		{"colon, single quotes", func(k, s, c string) string { return "{'a': '" + c + "', '" + k + "': '" + s + "', 'b': '" + c + "'}" }},
		{"arrow", func(k, s, c string) string { return c + " " + k + " => '" + s + "', last => " + c }},
		{"shell", func(k, s, c string) string { return "run --first=" + c + " --" + k + "=" + s }},
		{"element", func(k, s, c string) string {
			return "<in><first>" + c + "</first><" + k + ">" + s + "</" + k + "><last>" + c + "</last></in>"
		}},
		{"column", func(k, s, c string) string { return "first," + k + ",last\n" + c + ",\"" + s + "\"," + c + "\n" }},
		{"block", func(k, s, c string) string { return "first: " + c + "\n" + k + ": |\n  " + s + "\nlast: " + c }},
		{"name and value in XML", func(k, s, c string) string {
			return "<m><name>" + k + "</name><value><string>" + s + "</string></value></m>" + c
		}},
		{"name in a tag", func(k, s, c string) string { return `<f n="` + k + `"><value>` + s + "</value></f>" + c }},
		{"field", func(k, s, c string) string { return `<input name="` + k + `" value="` + s + `"> ` + c }},
	}
}

// wideString spells s in UTF-16 or UTF-32, by the bytes of a letter.
func wideString(s string, width int, big bool) string {
	var out []byte
	for _, r := range s {
		letter := make([]byte, width)
		for i := range 2 {
			at := i
			if big {
				at = width - 1 - i
			}
			letter[at] = byte(r >> (8 * i))
		}
		out = append(out, letter...)
	}
	return string(out)
}

// leaks returns a piece of the secret that is left in out, or "".
func leaks(out, secret string) string {
	const piece = 6
	for i := 0; i+piece <= len(secret); i++ {
		if strings.Contains(out, secret[i:i+piece]) {
			return secret[i : i+piece]
		}
	}
	return ""
}

func random(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

const (
	base62    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	wordly    = base62 + "-_.!@$^*+~/%?"
	letters26 = "abcdefghijklmnopqrstuvwxyz"
	anything  = base62 + " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)

func checkCanary(t *testing.T, g *Gate, where, key, in, secret, control string) {
	t.Helper()
	out := clean(t, g, in)
	if piece := leaks(out, secret); piece != "" {
		t.Errorf("%s, name %q: %q of the secret %q is left\n in  %s\n out %s", where, key, piece, secret, in, out)
	}
	if !strings.Contains(out, control) {
		t.Errorf("%s, name %q: the control is gone\n in  %s\n out %s", where, key, in, out)
	}
}

func TestCanariesUnderNames(t *testing.T) {
	g := New(Options{})
	r := rand.New(rand.NewPCG(2, 7))
	const control = "kept-by-the-gate"
	var names []string
	for _, words := range secretNames {
		names = append(names, spellings(words)...)
	}
	names = append(names, gluedSecrets...)
	for _, key := range names {
		for _, e := range entrances() {
			if strings.Contains(e.name, "list") && g.class([]byte(key)).mode == denySelf {
				continue // lists of credentials are licences
			}
			secret := random(r, anything, 24)
			if strings.Contains(e.name, "multipart") || strings.HasSuffix(key, "]") {
				secret = random(r, base62, 24)
			}
			checkCanary(t, g, e.name, key, e.make(key, secret, control), secret, control)
		}
		for _, e := range wordEntrances() {
			if strings.ContainsAny(key, " []/ñ") {
				continue
			}
			secret := random(r, base62, 1) + random(r, wordly, 22) + random(r, base62, 1)
			checkCanary(t, g, e.name, key, e.make(key, secret, control), secret, control)
		}
		if t.Failed() {
			t.Fatal("stopped at the first name that leaks")
		}
	}
}

// Secrets that are recognised wherever they stand.
func TestCanariesByLook(t *testing.T) {
	g := New(Options{})
	r := rand.New(rand.NewPCG(3, 9))
	const control = "kept-by-the-gate"
	looks := map[string]func() (text, secret string){
		"bearer":       func() (string, string) { s := random(r, base62+"-_.~+/", 32); return "Bearer a1" + s + "z", s },
		"lower bearer": func() (string, string) { s := random(r, letters26, 32); return "bearer " + s, s },
		"basic": func() (string, string) {
			s := random(r, base62, 20)
			b := base64.StdEncoding.EncodeToString([]byte("ida:" + s))
			return "Basic " + b, b
		},
		"web token": func() (string, string) {
			part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
			s := random(r, base62+"-_", 43)
			return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"id":7,"iat":1735689600}`) + "." + s, s
		},
		"private key": func() (string, string) {
			s := random(r, base62+"+/", 64) + "\n" + random(r, base62+"+/", 64)
			return "-----BEGIN RSA PRIVATE KEY-----\n" + s + "\n-----END RSA PRIVATE KEY-----", s
		},
		"torn private key": func() (string, string) {
			s := random(r, base62+"+/", 64)
			return "-----BEGIN PRIVATE KEY-----\n" + s, s
		},
		"AWS":    func() (string, string) { s := random(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16); return "AKIA" + s, s },
		"GitHub": func() (string, string) { s := random(r, base62, 36); return "ghp_" + s, s },
		"OpenAI": func() (string, string) { s := random(r, base62, 48); return "sk-proj-" + s, s },
		"Stripe": func() (string, string) { s := random(r, base62, 24); return "sk_live_" + s, s },
		"Slack": func() (string, string) {
			s := random(r, "0123456789", 12) + "-" + random(r, base62, 24)
			return "xoxb-" + s, s
		},
		"Google": func() (string, string) { s := random(r, base62+"-_", 35); return "AIza" + s, s },
		"bcrypt": func() (string, string) { s := random(r, base62+"./", 53); return "$2b$12$" + s, s },
		"card":   func() (string, string) { s := card(r, "4", 16); return s, s },
		"card in groups": func() (string, string) {
			s := card(r, "5"+fmt.Sprint(1+r.IntN(5)), 16)
			s = s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
			return s, s
		},
		"American Express": func() (string, string) { s := card(r, "37", 15); s = s[:4] + " " + s[4:10] + " " + s[10:]; return s, s },
		"user and password": func() (string, string) {
			s := random(r, base62+"-._~!$&'()*+,;=:@", 20)
			return "postgres://ida:a" + s + "z@db.example:5432/tpe", s
		},
		"code": func() (string, string) { s := random(r, "0123456789", 6); return "Your code is " + s + ".", s },
		"code first": func() (string, string) {
			s := random(r, "0123456789", 6)
			return s + " is your Power100 verification code", s
		},
		"OTP":   func() (string, string) { s := random(r, "0123456789", 8); return "OTP: " + s, s },
		"reset": func() (string, string) { s := random(r, base62, 20); return "/reset-password/7" + s, s },
	}
	for _, what := range slices.Sorted(maps.Keys(looks)) {
		look := looks[what]
		for range 60 {
			text, secret := look()
			for where, in := range map[string]string{
				"alone":       text,
				"in prose":    control + " " + text + " " + control,
				"in a record": fmt.Sprintf(`{"note":%s,"last":%s}`, quote("see "+text), quote(control)),
				"in a list":   fmt.Sprintf(`{"notes":[%s,%s]}`, quote(control), quote(text)),
				"in a string": fmt.Sprintf(`{"body":%s}`, quote(fmt.Sprintf(`{"note":%s,"last":%s}`, quote(text), quote(control)))),
				"torn":        fmt.Sprintf(`{"last":%s,"note":%s,"x`, quote(control), quote(text)),
				"in a query":  "/in?last=" + control + "&q=" + url.QueryEscape(text),
				"as a name":   fmt.Sprintf(`{%s:1,"last":%s}`, quote(text), quote(control)),
			} {
				out := clean(t, g, in)
				if piece := leaks(out, secret); piece != "" {
					t.Fatalf("%s %s: %q is left\n in  %s\n out %s", what, where, piece, in, out)
				}
				if where != "alone" && !strings.Contains(out, control) {
					t.Fatalf("%s %s: the control is gone\n in  %s\n out %s", what, where, in, out)
				}
			}
		}
	}
}

// card returns n digits that begin with prefix and end in their check digit.
func card(r *rand.Rand, prefix string, n int) string {
	s := prefix + random(r, "0123456789", n-1-len(prefix))
	for c := '0'; c <= '9'; c++ {
		if isCard([]byte(s + string(c))) {
			return s + string(c)
		}
	}
	panic("no check digit fits")
}

// A number below a name is as secret as a text.
func TestCanaryNumbers(t *testing.T) {
	g := New(Options{})
	for _, words := range secretNames {
		for _, key := range spellings(words) {
			var tp tape.Tape
			if err := tp.Parse([]byte(`{"a":1,` + quote(key) + `:90817263,"b":2}`)); err != nil {
				t.Fatal(err)
			}
			out, _ := g.AppendJSON(nil, &tp)
			if want := `{"a":1,` + quote(key) + `:"[redacted]","b":2}`; string(out) != want {
				t.Errorf("got %s", out)
			}
		}
	}
}
