package redact

import (
	"bytes"
	"slices"
)

// secretCode decides about the value of a member named "code". A short number
// is a one-time code; what a caller sent under this name (sent) is one, or an
// authorization code, unless it is as short as a country or a status. Other
// codes are words: ECONNREFUSED, not_found, E1001.
func secretCode(b []byte, sent bool) bool {
	if isMark(b) {
		return false
	}
	digits, letters, lowers, uppers, others := 0, 0, 0, 0, 0
	for _, c := range b {
		switch {
		case isDigit(c):
			digits++
		case isLetter(c):
			letters++
			if c-'A' < 26 {
				uppers++
			} else {
				lowers++
			}
		case c == ' ' || c == '-':
		default:
			others++
		}
	}
	if sent {
		return digits > 3 || letters > 3 || others > 3 || digits > 0 && letters > 0
	}
	if letters <= 1 && others == 0 && digits >= 4 && digits <= 8 {
		return true // 123456, 123-456, G-123456
	}
	return len(b) >= 16 && digits > 0 && lowers > 0 && uppers > 0 && bytes.IndexByte(b, ' ') < 0
}

// looksLikeCode decides about the value of a name that may also stand for what
// people write: one word of letters and digits that no person made up. A date,
// an address and a word of a language are none.
func looksLikeCode(b []byte) bool {
	digits, lowers, uppers, dashes := 0, 0, 0, 0
	for _, c := range b {
		switch {
		case isDigit(c):
			digits++
		case c-'a' < 26:
			lowers++
		case c-'A' < 26:
			uppers++
		case c == '-' || c == '_' || c == '~' || c == '=' || c == '+':
			dashes++
		default:
			return false
		}
	}
	letters := lowers + uppers
	switch {
	case len(b) < 6 || letters == 0:
		return false
	case digits > 0 || lowers > 0 && uppers > 1:
		return true
	default:
		return dashes == 0 && (len(b) >= 20 || lowers == 0)
	}
}

// spares reports whether a name lets the value decide, and the value is no code.
// sent is for what a form or a query carries.
func (c *class) spares(text []byte, sent bool) bool {
	switch c.mode {
	case judgeCode:
		return !secretCode(text, sent)
	case judgeLook:
		return !looksLikeCode(text)
	case judgeBank:
		return true
	default:
		return false
	}
}

// findWord looks at the word at p beside which a credential may stand: a code
// of digits, a social security number, a password, a token.
func (w *state) findWord(s []byte, p, lo int) (hit, bool) {
	if c := at(s, p-1); isAlnum(c) || c == '_' {
		return hit{}, false
	}
	const longest = 12
	end := p
	for end < len(s) && end-p <= longest && isLetter(s[end]) {
		end++
	}
	var low, lowBefore short
	word := low.lower(s[p:end])
	switch string(word) {
	case "code", "codes", "pin", "pins":
		before := lowBefore.lower(wordBefore(s, p))
		if w.g.text.harmlessCodes[string(before)] {
			return hit{}, false
		}
		sure := w.g.text.secretCodes[string(before)]
		if word[0] == 'p' && s[p] == 'p' && !sure {
			// A pin may also be of steel: what follows must say "is" or ":".
			return w.linkedPin(s, end)
		}
		return w.oneTimeCode(s, p, end, lo, sure)
	case "otp", "otps", "totp", "passcode", "passcodes":
		return w.oneTimeCode(s, p, end, lo, true)
	case "cvv", "cvc":
		if isDigit(at(s, end)) && !isDigit(at(s, end+1)) {
			end++ // CVV2
		}
		return cardCode(s, end)
	case "ssn":
		return socialNumber(s, p, end, lo)
	case "social":
		if second := []byte(" security"); len(s) >= end+len(second) && bytes.EqualFold(s[end:end+len(second)], second) {
			return socialNumber(s, p, end+len(second), lo)
		}
		// "My social is 078-05-1120": as it is printed, and after the word.
		if start := afterLink(s, end); start > end && isGap(s, start+3) {
			if stop, ok := socialDigits(s, start); ok {
				return hit{start: start, end: stop, rule: "ssn"}, true
			}
		}
	case "password", "passwd", "passphrase":
		return w.spokenPassword(s, p, end, lo)
	case "pass":
		before := lowBefore.lower(wordBefore(s, p))
		if !slices.Contains(otherPasses(), string(before)) {
			return spoken(s, end, "password")
		}
	case "login":
		return spokenLogin(s, end)
	case "token":
		return spoken(s, end, "token")
	case "bearer", "basic":
		return authScheme(s, end, word[1] == 'a')
	}
	return hit{}, false
}

// oneTimeCode looks for 4 to 8 digits beside the word between p and end:
// "your code is 123456", "123456 is your verification code". When the word
// before says that the code is a secret (sure), other words may stand between.
func (w *state) oneTimeCode(s []byte, p, end, lo int, sure bool) (hit, bool) {
	if start, stop, ok := w.codeAfter(s, end, sure); ok {
		return hit{start: start, end: moreCodes(s, stop), rule: "one-time-code"}, true
	}
	if start, stop, ok := codeBefore(s, p, lo); ok {
		return hit{start: start, end: stop, rule: "one-time-code"}, true
	}
	return hit{}, false
}

// linkedPin looks for the digits of "pin is 1234" after p.
func (w *state) linkedPin(s []byte, p int) (hit, bool) {
	start, stop, ok := w.codeAfter(s, p, false)
	if !ok || !bytes.ContainsAny(s[p:start], ":=#") && !bytes.Contains(s[p:start], []byte(" is ")) {
		return hit{}, false
	}
	return hit{start: start, end: moreCodes(s, stop), rule: "one-time-code"}, true
}

// codeAfter returns the digits after a word that ends at p.
func (w *state) codeAfter(s []byte, p int, sure bool) (start, stop int, ok bool) {
	far, direct, linked := p+24, true, false
	// "The code for your account is 123456", but not "for the gate".
	asked := !sure && (bytes.HasPrefix(s[p:], []byte(" for ")) || bytes.HasPrefix(s[p:], []byte(" to ")))
	if sure = sure || asked; sure {
		far = p + 56
	}
	var low short
	for i := p; i < len(s) && i < far; {
		c := s[i]
		switch {
		case isDigit(c):
			end, fits := codeDigits(s, i)
			year := end-i == 4 && (s[i] == '1' && s[i+1] == '9' || s[i] == '2' && s[i+1] == '0')
			if fits && (linked || !asked) && (direct && linked || !year) {
				return i, end, true
			}
			if !sure {
				return 0, 0, false
			}
			i, direct = end, false
		case isLetter(c):
			end := i
			for end < len(s) && (isLetter(s[end]) || s[end] == '\'') {
				end++
			}
			word := low.lower(s[i:end])
			if asked && w.g.text.harmlessCodes[string(word)] {
				return 0, 0, false
			}
			switch string(word) {
			case "is", "was", "are", "be":
				linked = true
			case "number", "no", "to", "use", "enter", "your", "the":
			default:
				if !sure {
					return 0, 0, false
				}
				direct = false
			}
			i = end
		case c == ':' || c == '=':
			linked = true
			i++
		case c == '.' && isBlank(at(s, i+1)) || c == '!' || c == '?':
			return 0, 0, false
		case hasMark(s[i:]):
			i += len(Mark)
		case isAlnum(c) || c == '/' || c == '$' || c == '%' || c == '@' || c == '{' || c == '}':
			return 0, 0, false
		default:
			i++
		}
	}
	return 0, 0, false
}

// codeBefore returns the digits before a word: "123456 is your code".
func codeBefore(s []byte, p, lo int) (start, stop int, ok bool) {
	const far = 56
	i := p
	for i > lo && p-i < far {
		if isDigit(s[i-1]) {
			k := i
			for k > lo && isDigit(s[k-1]) {
				k--
			}
			if !isLetter(at(s, k-1)) {
				break
			}
			i = k // the number of a word: Power100
			continue
		}
		if c := s[i-1]; c == '.' || c == '!' || c == '?' || c == '\n' {
			return 0, 0, false
		}
		i--
	}
	if i == lo || !isDigit(at(s, i-1)) {
		return 0, 0, false
	}
	between := bytes.TrimLeft(s[i:p], " \t\"'*)]:,-–—")
	var low short
	switch string(low.lower(between[:wordLen(between)])) {
	case "is", "as", "was", "are", "your":
	default:
		return 0, 0, false
	}
	stop = i
	for i > lo && stop-i < 12 && (isDigit(s[i-1]) || isGap(s, i-1)) {
		i--
	}
	if end, fits := codeDigits(s, i); fits && end == stop {
		return i, stop, true
	}
	return 0, 0, false
}

func wordLen(b []byte) int {
	n := 0
	for n < len(b) && isLetter(b[n]) {
		n++
	}
	return n
}

// codeDigits reads the number at p and reports whether it has the shape of a
// one-time code: 4 to 8 digits in one piece, or two groups of 3 or 4. Times,
// dates, decimals, amounts and phone numbers have another shape.
func codeDigits(s []byte, p int) (end int, fits bool) {
	var size [8]int
	n := 0
	for end = p; end < len(s) && n < len(size); end++ {
		from := end
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		size[n] = end - from
		n++
		if !isGap(s, end) {
			break
		}
	}
	switch {
	case n == 1 && size[0] >= 4 && size[0] <= 8:
	case n == 2 && size[0] == size[1] && (size[0] == 3 || size[0] == 4):
	case n == 3 && size[0] == 2 && size[1] == 2 && size[2] == 2:
	default:
		return end, false
	}
	before, after := at(s, p-1), at(s, end)
	switch {
	case isAlnum(before) && before < 0x80 || before == '_' || before == '$' || before == '+':
		return end, false
	case (before == '.' || before == ':' || before == ',' || before == '/') && isDigit(at(s, p-2)):
		return end, false
	case isAlnum(after) && after < 0x80 || after == '_' || after == '%':
		return end, false
	case (after == '.' || after == ':' || after == ',' || after == '/') && isDigit(at(s, end+1)):
		return end, false
	}
	return end, true
}

// moreCodes returns the end of a list of codes whose first ends at p.
func moreCodes(s []byte, p int) int {
	for {
		i := p
		for i < len(s) && i-p < 8 && !isDigit(s[i]) {
			i++
		}
		var low short
		switch string(low.lower(bytes.TrimSpace(s[p:i]))) {
		case ",", ";", "/", "and", "or", ", and", ", or", "&", "":
		default:
			return p
		}
		end, fits := codeDigits(s, i)
		if i == p || i == len(s) || !fits {
			return p
		}
		p = end
	}
}

// cardCode looks for the three or four digits that directly follow CVV.
func cardCode(s []byte, p int) (hit, bool) {
	start := afterLink(s, p)
	end := start
	for isDigit(at(s, end)) {
		end++
	}
	if n := end - start; (n == 3 || n == 4) && !isAlnum(at(s, end)) && start > p {
		return hit{start: start, end: end, rule: "card-code"}, true
	}
	return hit{}, false
}

// afterLink skips what may stand between a word and its number.
func afterLink(s []byte, p int) int {
	const far = 16
	for i := p; i < len(s) && i-p < far; {
		switch c := s[i]; {
		case isBlank(c) || c == ':' || c == '=' || c == '-' || c == '#' || c == '"' || c == '\'' || c == '(' || c == '\\':
			i++
		case isLetter(c):
			n := wordLen(s[i:])
			var low short
			switch string(low.lower(s[i : i+n])) {
			case "is", "was", "number", "no", "code", "security":
			default:
				return i
			}
			i += n
		default:
			return i
		}
	}
	return p
}

// socialNumber looks for a social security number beside the word between p
// and end.
func socialNumber(s []byte, p, end, lo int) (hit, bool) {
	if start := afterLink(s, end); start > end {
		if stop, ok := socialDigits(s, start); ok {
			return hit{start: start, end: stop, rule: "ssn"}, true
		}
	}
	const far = 32
	for i := p; i > lo && p-i < far; i-- {
		if isDigit(s[i-1]) {
			for _, n := range []int{11, 9} {
				if start := i - n; start >= lo {
					if stop, ok := socialDigits(s, start); ok && stop == i {
						return hit{start: start, end: i, rule: "ssn"}, true
					}
				}
			}
			break
		}
	}
	return hit{}, false
}

// socialDigits reports whether at p stands 123-45-6789, with spaces, or in
// one piece.
func socialDigits(s []byte, p int) (end int, ok bool) {
	digits := 0
	for end = p; end < len(s); end++ {
		if isDigit(s[end]) {
			digits++
			continue
		}
		if !isGap(s, end) || digits != 3 && digits != 5 {
			break
		}
	}
	return end, digits == 9 && !isAlnum(at(s, p-1)) && !isAlnum(at(s, end)) && at(s, p-1) != '-'
}

// spokenPassword looks at what stands beside the word password between p and
// end: after it, in the sentence that it begins, and before it.
func (w *state) spokenPassword(s []byte, p, end, lo int) (hit, bool) {
	if h, ok := spoken(s, end, "password"); ok {
		return h, true
	}
	if start := asHeading(s, p, end); start > end {
		if stop := strangeWord(s, start, true); stop > start {
			return hit{start: start, end: stop, rule: "password"}, true
		}
	}
	if bytes.HasPrefix(s[end:], []byte(" for ")) {
		if start := afterVerb(s, end); start > end {
			if stop := strangeWord(s, start, true); stop > start {
				return hit{start: start, end: stop, rule: "password"}, true
			}
		}
	}
	// "Use Hunter2 as the password", "Hunter2 is my password"
	i := p
	for _, words := range [][]string{{"the", "a", "my", "your", "our", "new"}, {"as", "is"}} {
		var low short
		word := wordBefore(s, i)
		if !slices.Contains(words, string(low.lower(word))) {
			return hit{}, false
		}
		i -= 1 + len(word)
	}
	stop := trimEnd(s, lo, i)
	start := stop
	for start > lo && stop-start < maxName && !isBlank(s[start-1]) && s[start-1] != '<' && s[start-1] != '"' {
		start--
	}
	if start == stop || start == lo && lo > 0 || strangeWord(s, start, false) != stop {
		return hit{}, false
	}
	return hit{start: start, end: stop, rule: "password"}, true
}

// asHeading returns the place of what stands under or after a heading whose
// last word is between from and p: "Password - ...", and on the next line. It
// returns p when there is none.
func asHeading(s []byte, from, p int) int {
	for _, dash := range []string{" - ", " – ", " — "} {
		if bytes.HasPrefix(s[p:], []byte(dash)) {
			return p + len(dash)
		}
	}
	if c := at(s, p); c == '\n' || c == '\r' && at(s, p+1) == '\n' {
		for i := from - 1; i >= 0 && s[i] != '\n'; i-- {
			if from-i > maxName || !isLetter(s[i]) && s[i] != ' ' {
				return p // of a sentence, or of a table
			}
		}
		start, _ := skipBlank(s, p, true)
		return start
	}
	return p
}

// afterVerb returns the place after the "is" of a sentence that goes on at p:
// "the password for the portal is ...". It returns p when there is none.
func afterVerb(s []byte, p int) int {
	const most = 8 // words
	var low short
	i := p
	for range most {
		if at(s, i) != ' ' {
			return p
		}
		n := wordLen(s[i+1:])
		if n == 0 {
			return p
		}
		word := s[i+1 : i+1+n]
		i += 1 + n
		if w := string(low.lower(word)); (w == "is" || w == "was") && at(s, i) == ' ' {
			return i + 1
		}
	}
	return p
}

// spokenLogin looks at "login with ida / Hunter2" after the word that ends at
// p.
func spokenLogin(s []byte, p int) (hit, bool) {
	const far = 80
	line := s[:min(len(s), p+far)]
	i := indexFrom(line, p, " / ")
	if i == len(line) || bytes.ContainsAny(line[p:i], "\r\n<>") || bytes.Count(line[p:i], []byte(" ")) > 3 {
		return hit{}, false
	}
	start := i + len(" / ")
	if stop := strangeWord(s, start, true); stop > start {
		return hit{start: start, end: stop, rule: "password"}, true
	}
	return hit{}, false
}

// strangeWord returns the end of the word at p if it is none of a language: it
// has letters and digits, or, where a password is expected (sure), a sign or a
// capital. It returns p for another.
func strangeWord(s []byte, p int, sure bool) int {
	end := p
	for end < len(s) && end-p < maxName && !isBlank(s[end]) && s[end] != '<' && s[end] != '"' {
		end++
	}
	for end > p && (s[end-1] == '.' || s[end-1] == ',') {
		end--
	}
	text := s[p:end]
	digits, letters, odd := false, false, false
	for i, c := range bytes.TrimRight(text, ";:!?)'") {
		digits = digits || isDigit(c)
		letters = letters || isLetter(c)
		odd = odd || c-'a' >= 26 && c < 0x80 && (c-'A' >= 26 || i > 0) && !isDigit(c) && c != '-' && c != '\'' && c != '(' && c != '/'
	}
	if !(digits && letters && len(text) >= 6 || sure && odd && len(text) >= 6) || hasMark(text) || bytes.Contains(text, []byte("://")) {
		return p
	}
	return end
}

// spoken looks at "password is ..." and "token ..." after the word that ends
// at p. A plain word, as in "the password is wrong", is no secret; without a
// verb only what has letters and digits is one.
func spoken(s []byte, p int, rule string) (hit, bool) {
	if at(s, p) != ' ' {
		return hit{}, false
	}
	start := p + 1
	verb := wordLen(s[start:])
	var low short
	switch string(low.lower(s[start : start+verb])) {
	case "is", "was", "to", "as":
		start += verb
		if at(s, start) == ':' {
			start++
		}
		if at(s, start) != ' ' {
			return hit{}, false
		}
		start++
	default:
		verb = 0
	}
	if q := at(s, start); isQuote(q) && verb > 0 {
		if end, ok := closingQuote(s, start+1, q, 0); ok && end < len(s) && end > start+1 && !isMark(s[start+1:end]) {
			return hit{start: start + 1, end: end, rule: rule}, true
		}
	}
	end := start
	for end < len(s) && !isBlank(s[end]) && s[end] != '<' && s[end] != '"' {
		end++
	}
	for end > start && (s[end-1] == '.' || s[end-1] == ',') {
		end--
	}
	text := s[start:end]
	digits, letters, odd := false, false, false
	for _, c := range bytes.TrimRight(text, ";:!?)'") {
		digits = digits || isDigit(c)
		letters = letters || isLetter(c)
		odd = odd || c-'a' >= 26 && c < 0x80 && c != '-' && c != '\'' && c != '('
	}
	strange := digits && letters && len(text) >= 6 || rule == "password" && verb > 0 && odd && len(text) >= 4
	if !strange || hasMark(text) || bytes.Contains(text, []byte("://")) {
		return hit{}, false
	}
	return hit{start: start, end: end, rule: rule}, true
}
