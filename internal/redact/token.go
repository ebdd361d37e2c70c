package redact

import (
	"bytes"
	"encoding/base64"
)

// providerKey is a kind of key that its issuer made recognisable.
type providerKey struct {
	prefix string
	least  int // bytes after the prefix
	extra  string
}

// providerKeys lists them. After the prefix come letters and digits, and the
// bytes of extra.
func providerKeys() []providerKey {
	return []providerKey{
		{"AKIA", 12, ""}, {"ASIA", 12, ""}, {"ABIA", 12, ""}, // AWS
		{"AIza", 20, "-_"}, {"ya29.", 16, "-_."}, // Google
		{"ghp_", 16, "_"}, {"gho_", 16, "_"}, {"ghu_", 16, "_"}, {"ghs_", 16, "_."}, {"ghr_", 16, "_"}, {"github_pat_", 16, "_"},
		{"glpat-", 12, "-_."}, {"glrt-", 12, "-_."},
		{"sk_live_", 10, "_"}, {"sk_test_", 10, "_"}, {"rk_live_", 10, "_"}, {"rk_test_", 10, "_"}, {"whsec_", 10, "+/=_-"}, // Stripe
		{"sk-", 16, "-_"}, {"gsk_", 16, ""}, {"xai-", 16, "-_"}, {"hf_", 16, ""}, {"r8_", 16, ""}, {"pplx-", 16, ""}, // model services
		{"xoxb-", 8, "-"}, {"xoxp-", 8, "-"}, {"xoxa-", 8, "-"}, {"xoxr-", 8, "-"}, {"xoxs-", 8, "-"}, {"xoxe.", 8, "-."}, {"xapp-", 8, "-"}, // Slack
		{"hooks.slack.com/services/", 8, "/_-"},
		{"SG.", 16, "-_."}, {"key-", 32, ""}, // mail
		{"npm_", 16, ""}, {"pypi-", 16, "-_"}, {"dckr_pat_", 8, "-_"},
		{"shpat_", 16, ""}, {"shpca_", 16, ""}, {"shpss_", 16, ""}, // Shopify
		{"sq0atp-", 16, "-_"}, {"sq0csp-", 16, "-_"}, {"EAAA", 40, "-_"}, // Square
		{"dop_v1_", 16, ""}, {"hvs.", 16, "-_"}, {"dapi", 32, ""}, {"PMAK-", 16, "-"}, {"lin_api_", 16, ""}, {"sbp_", 16, ""},
		{"AGE-SECRET-KEY-", 16, ""},
		{"$2a$", 20, "$./"}, {"$2b$", 20, "$./"}, {"$2y$", 20, "$./"}, {"$argon2", 20, "$./+=,"}, {"$scrypt$", 20, "$./+=,"}, // password hashes
		{"eyJ", 16, "-_.+/="}, // JSON Web Token
	}
}

// findKey looks at p for a key that can be recognised.
func (w *state) findKey(s []byte, p, lo int) (hit, bool) {
	if s[p] == '-' {
		return findPrivateKey(s, p, lo)
	}
	inWord := isWordByte(at(s, p-1))
	if inWord && s[p] != '$' && s[p] != 'e' {
		return hit{}, false // a web token shows by its points
	}
	for _, k := range w.g.text.keys {
		if !bytes.HasPrefix(s[p:], []byte(k.prefix)) {
			continue
		}
		// An attempt reads a bounded piece: a text of prefixes only must not
		// take quadratic time.
		far := 64
		if k.prefix == "eyJ" {
			far = 1024
		}
		body := p + len(k.prefix)
		end := body
		for end < len(s) && end-body < far && k.has(s[end]) {
			end++
		}
		if k.prefix == "eyJ" {
			if !isWebToken(s[p:end]) && (inWord || !w.isCodedJSON(s[p:end])) {
				continue
			}
		} else if end-body < k.least || !isRandom(s[body:end]) {
			continue
		}
		for end < len(s) && k.has(s[end]) {
			end++
		}
		for end > body && at(s, end-1) == '.' { // of the sentence
			end--
		}
		start := p
		if k.prefix == "hooks.slack.com/services/" {
			start = body
		}
		rule := "provider-key"
		switch {
		case k.prefix == "eyJ":
			rule = "web-token"
		case s[p] == '$':
			rule = "password-hash"
		}
		return hit{start: start, end: end, rule: rule}, true
	}
	return hit{}, false
}

func (k providerKey) has(c byte) bool {
	return isAlnum(c) && c < 0x80 || bytes.IndexByte([]byte(k.extra), c) >= 0
}

func isWordByte(c byte) bool { return isAlnum(c) && c < 0x80 || c == '_' }

// isRandom reports whether b is no word and no slug: it has a digit or a
// capital, or it is very long.
func isRandom(b []byte) bool {
	for _, c := range b {
		if isDigit(c) || c-'A' < 26 {
			return true
		}
	}
	return len(b) >= 32 && bytes.IndexByte(b, '-') < 0
}

// isWebToken reports whether b has two parts of a JSON Web Token at least.
func isWebToken(b []byte) bool {
	head, rest, ok := bytes.Cut(b, []byte("."))
	return ok && len(head) >= 10 && len(rest) >= 8
}

// isCodedJSON reports whether b is a JSON object in Base64 that holds a
// credential, as the cookies of some servers are.
func (w *state) isCodedJSON(b []byte) bool {
	if w.nesting >= maxNesting {
		return false
	}
	for _, coding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
		if plain, err := coding.DecodeString(string(bytes.TrimRight(b, "=."))); err == nil {
			in := w.inner()
			_, found := in.anyText(plain, &w.g.sent)
			w.outer(in)
			return found
		}
	}
	return false
}

// authScheme looks at what follows the word Bearer or Basic that ends at p.
func authScheme(s []byte, p int, basic bool) (hit, bool) {
	start := p
	for start < len(s) && start-p < 4 && (isBlank(s[start]) || s[start] == ':' || s[start] == '=' || isQuote(s[start])) {
		start++
	}
	const far = 512
	end := start
	for end < len(s) && end-start < far && isTokenByte(s[end]) {
		end++
	}
	text := bytes.TrimRight(s[start:end], ".:")
	if i := bytes.IndexByte(text, '='); basic && i >= 0 {
		text = text[:i] // the padding ends it
	}
	if isQuote(at(s, p)) || start == p || basic && !isBasic(text) || !basic && !isBearer(text) {
		return hit{}, false
	}
	for end < len(s) && isTokenByte(s[end]) {
		end++
	}
	for s[end-1] == '.' || s[end-1] == ':' {
		end--
	}
	return hit{start: start, end: end, rule: "auth-scheme"}, true
}

func isTokenByte(c byte) bool {
	switch c {
	case '-', '.', '_', '~', '+', '/', '=', ':', '|':
		return true
	}
	return isAlnum(c) && c < 0x80
}

// isBearer tells a token from the next word of a sentence.
func isBearer(b []byte) bool {
	if len(b) < 6 {
		return false
	}
	lowers, uppers := 0, 0
	for _, c := range b {
		switch {
		case c-'a' < 26:
			lowers++
		case c-'A' < 26:
			uppers++
		case c != '-' && c != '/':
			return true
		}
	}
	inOneCase := uppers == 0 || lowers == 0 || uppers == 1 && b[0]-'A' < 26
	return !inOneCase || len(b) >= 24
}

// isBasic reports whether b is a user and a password in Base64.
func isBasic(b []byte) bool {
	b = b[:len(b)/4*4+len(b)%4/2*2]
	plain, err := base64.RawStdEncoding.DecodeString(string(b))
	if err != nil {
		if plain, err = base64.RawURLEncoding.DecodeString(string(b)); err != nil {
			return false
		}
	}
	colon := bytes.IndexByte(plain, ':')
	for _, c := range plain[:max(colon, 0)] {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return colon >= 0
}

// isAuthScheme reports whether b names a scheme of the Authorization header.
func isAuthScheme(b []byte) bool {
	var low short
	switch string(low.lower(b)) {
	case "basic", "bearer", "digest", "negotiate", "token", "apikey", "hmac", "hawk", "ntlm":
		return true
	}
	return false
}

// findPrivateKey looks at the dashes at p for a private key in PEM. A key
// whose end is missing goes on as long as it looks like one; a key whose
// beginning is missing is taken from where it looks like one.
func findPrivateKey(s []byte, p, lo int) (hit, bool) {
	const longest, labelEnd = 16 << 10, 64
	begin := bytes.HasPrefix(s[p:], []byte("-----BEGIN "))
	if !begin && !bytes.HasPrefix(s[p:], []byte("-----END ")) {
		return hit{}, false
	}
	label := s[p+5 : min(len(s), p+5+labelEnd)]
	i := bytes.Index(label, []byte("-----"))
	if i < 0 || !bytes.Contains(label[:i], []byte("PRIVATE KEY")) {
		return hit{}, false
	}
	end := p + 5 + i + 5
	if !begin {
		start := p
		for start > lo && isPEMByte(s[start-1]) && s[start-1] != ' ' {
			start--
		}
		return hit{start: start, end: end, rule: "private-key"}, true
	}
	if i := bytes.Index(s[end:min(len(s), end+longest)], []byte("-----END ")); i >= 0 {
		end += i + len("-----END ")
		if j := bytes.Index(s[end:min(len(s), end+labelEnd)], []byte("-----")); j >= 0 {
			end += j + 5
		}
		return hit{start: p, end: end, rule: "private-key"}, true
	}
	for end < len(s) && isPEMByte(s[end]) {
		end++
	}
	return hit{start: p, end: end, rule: "private-key"}, true
}

func isPEMByte(c byte) bool {
	switch c {
	case '+', '/', '=', '\\', ':', ',', '-':
		return true
	}
	return isAlnum(c) && c < 0x80 || isBlank(c)
}
