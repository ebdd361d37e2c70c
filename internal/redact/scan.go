package redact

import "strings"

// Free text is searched in two steps. The scanner finds, at about two cycles
// a byte, the places where something might begin; a finder then looks at the
// place with care. A place is four bytes that fit a pattern.

// finder is one way to find a credential in text.
type finder uint8

const (
	findNone    finder = iota
	findPair           // name=value, "name": "value", <name>value</name>
	findPercent        // %7B%22password%22...
	findSign           // scheme://user:password@host, &#112;assword, curl -u user:password, 密码：x
	findPath           // /reset-password/<token>
	findDigits         // card numbers
	findWord           // words with a credential beside them: code, ssn, Bearer
	findKey            // AKIA..., ghp_..., eyJ..., -----BEGIN
)

// patterns is one bit of the scanner: four-byte patterns of one finder. '?' is
// any byte, '#' a digit, '@' one of : = >, '~' a
// space, '^' the sign #. The patterns of a bit are matched
// byte by byte together, so they stand with those that do not make common
// words when they are mixed.
type patterns struct {
	finder finder
	fold   bool // letters stand for both cases
	fours  string
}

func patternBits() []patterns {
	return []patterns{
		{findPair, false, "@???"},
		{findPercent, false, "%???"},
		{findSign, false, "://? &^?? ~-?? ：?"},
		{findPath, true, pathPatterns()},
		{findDigits, false, "####"},
		{findWord, true, "code pass soci"},
		{findWord, true, "otp? pin?"},
		{findWord, true, "cvv? cvc? ssn?"},
		{findWord, true, "bear basi totp toke logi"},
		{findKey, false, "AKIA ASIA ABIA AIza AGE- EAAA PMAK dapi whse"},
		{findKey, false, "ghp_ gho_ ghu_ ghs_ ghr_ gsk_ npm_ dop_ lin_ sbp_ ----"},
		{findKey, false, "sk-? sk_? rk_? hf_? r8_? eyJ? SG.?"},
		{findKey, false, "glpa glrt gith dckr pplx"},
		{findKey, false, "hook pypi shpa shpc shps hvs."},
		{findKey, false, "ya29 xai- xoxb xoxp xoxa xoxr xoxs xoxe xapp key- sq0a sq0c"},
		{findKey, false, "$2a$ $2b$ $2y$ $arg $scr"},
	}
}

func pathPatterns() string {
	var b strings.Builder
	b.WriteString("/bot") // of Telegram, see botToken
	for _, w := range pathWords() {
		b.WriteString(" /" + w[:3])
	}
	return b.String()
}

// scanner compares a text with all patterns at once. Each byte has a word of
// four lanes, one for each byte of a pattern, in which a zero bit says that
// the byte fits the patterns of that bit. A word that is shifted by one lane
// for each byte and ored with the next has a zero in its top lane exactly
// where four bytes fit.
type scanner struct {
	fits   [256]uint64
	finder [lane]finder // of each bit
}

const (
	lane    = 16 // bits in a lane
	nothing = uint64(0xffff) << (3 * lane)
)

func newScanner() *scanner {
	s := new(scanner)
	for c := range s.fits {
		s.fits[c] = ^uint64(0)
	}
	for bit, p := range patternBits() {
		s.finder[bit] = p.finder
		for _, four := range strings.Fields(p.fours) {
			for i := range 4 {
				for c := range 256 {
					if fits(four[i], byte(c), p.fold) {
						s.fits[c] &^= 1 << (i*lane + bit)
					}
				}
			}
		}
	}
	return s
}

func fits(want, c byte, fold bool) bool {
	switch want {
	case '?':
		return true
	case '#':
		return isDigit(c)
	case '~':
		return c == ' '
	case '^':
		return c == '#'
	case '@':
		return c == ':' || c == '=' || c == '>'
	default:
		return c == want || fold && lower(c) == want
	}
}

// fitsStart reports whether the first four bytes of s fit a pattern.
func (k *scanner) fitsStart(s []byte) bool {
	return k.fits[s[0]]<<(3*lane)|k.fits[s[1]]<<(2*lane)|k.fits[s[2]]<<lane|k.fits[s[3]] < nothing
}

// next returns the first place from p on that fits a pattern, and the bits of
// what it fits; len(s) when there is none. Past the end of s every byte is 0.
func (k *scanner) next(s []byte, p int) (int, uint) {
	d := ^uint64(0)
	if half := (len(s) - p) / 2; half >= 16 {
		// The two halves of a text do not wait for each other. When
		// something fits, the search goes on one byte at a time.
		a, b := s[p:p+half], s[p+half:p+2*half]
		e, i := d, 0
		for f := &k.fits; i >= 0 && i <= len(a)-4 && i <= len(b)-4; i += 4 {
			a, b := a[i:i+4:i+4], b[i:i+4:i+4]
			d1, e1 := d<<lane|f[a[0]], e<<lane|f[b[0]]
			d2, e2 := d1<<lane|f[a[1]], e1<<lane|f[b[1]]
			d3, e3 := d2<<lane|f[a[2]], e2<<lane|f[b[2]]
			d4, e4 := d3<<lane|f[a[3]], e3<<lane|f[b[3]]
			if d1&d2&d3&d4&e1&e2&e3&e4 < nothing {
				break // byte by byte from here
			}
			d, e = d4, e4
		}
		for i < len(a) && i < len(b) && min(d, e) >= nothing {
			d, e = d<<lane|k.fits[a[i]], e<<lane|k.fits[b[i]]
			i++
		}
		if d < nothing {
			return p + i - 4, uint(^d >> (3 * lane))
		}
		if e < nothing {
			p += i
		} else {
			for j := range 3 { // across the seam
				if d = d<<lane | k.fits[b[j]]; d < nothing {
					return p + half + j - 3, uint(^d >> (3 * lane))
				}
			}
			p += 2 * half
			d = e
		}
	}
	for ; p < len(s); p++ {
		if d = d<<lane | k.fits[s[p]]; d < nothing {
			return p - 3, uint(^d >> (3 * lane))
		}
	}
	for i := range 3 {
		if d = d<<lane | k.fits[0]; d < nothing {
			return len(s) + i - 3, uint(^d >> (3 * lane))
		}
	}
	return len(s), 0
}
