package redact

// minCard and maxCard are the lengths of card numbers.
const (
	minCard = 13
	maxCard = 19
)

// findCard looks at the digits around p for a card number: 13 to 19 digits
// with a valid check digit that begin as card numbers do, in one piece or in
// the groups that are printed on cards. Without a card number the search goes
// on after the digits.
func findCard(s []byte, p int) (hit, int, bool) {
	const maxGroups, far = 8, 24
	if isDigit(at(s, p-1)) {
		return hit{}, digitsEnd(s, p), false // inside a longer number
	}
	if c := at(s, p+4); !isDigit(c) && !isCardGap(s, p+4) {
		return hit{}, p + 4, false // the usual case: four digits of something
	}
	var from, to [maxGroups]int
	n, end := 0, p
	for n < maxGroups {
		from[n], end = end, digitsEnd(s, end)
		to[n] = end
		n++
		if !isCardGap(s, end) {
			break
		}
		end++
	}
	// The first and the last group may be tied to more: a word, a decimal.
	tiedFirst, tiedLast := joined(s, p-1, p-2) || at(s, p-1) == '+', joined(s, end, end+1)
	for i := range n {
		for j := i; j < n && to[j]-from[i] <= far; j++ {
			if i == 0 && tiedFirst || j == n-1 && tiedLast {
				continue
			}
			if isCardLayout(from[i:j+1], to[i:j+1]) && isCard(s[from[i]:to[j]]) {
				return hit{start: from[i], end: to[j], rule: "card-number"}, 0, true
			}
		}
	}
	// Of many groups the last may begin a number.
	return hit{}, max(to[0], to[n-1]-far), false
}

func digitsEnd(s []byte, p int) int {
	for p < len(s) && isDigit(s[p]) {
		p++
	}
	return p
}

// isGap reports whether s[i] is one space or dash between two digits.
func isGap(s []byte, i int) bool {
	return (at(s, i) == ' ' || at(s, i) == '-') && isDigit(at(s, i-1)) && isDigit(at(s, i+1))
}

// isCardGap is isGap for cards, whose groups of four may have points between
// them; decimals and addresses do not.
func isCardGap(s []byte, i int) bool {
	if isGap(s, i) {
		return true
	}
	return at(s, i) == '.' && isDigit(at(s, i-4)) && !isDigit(at(s, i-5)) && isDigit(at(s, i-1)) &&
		isDigit(at(s, i+1)) && isDigit(at(s, i+2)) && digitsEnd(s, i+1) <= i+1+4
}

// joined reports whether the byte at i ties a number to what is beyond it: a
// letter, or a point with a digit at beyond.
func joined(s []byte, i, beyond int) bool {
	c := at(s, i)
	return isAlnum(c) && c < 0x80 || c == '_' || c == '.' && isDigit(at(s, beyond))
}

// isCardLayout reports whether groups of digits are those of a card: one
// group, fours with a shorter last one, or 4-6-5 and 4-6-4.
func isCardLayout(from, to []int) bool {
	size := func(i int) int { return to[i] - from[i] }
	last := len(from) - 1
	if last == 0 {
		return true
	}
	if size(0) != 4 {
		return false
	}
	if last == 2 && size(1) == 6 {
		return size(2) == 5 || size(2) == 4
	}
	for i := 1; i < last; i++ {
		if size(i) != 4 {
			return false
		}
	}
	return size(last) <= 4
}

// isCard reports whether b, digits with spaces, dashes or points, is a card number.
// No issuer's numbers begin like a time in milliseconds or a compact date.
func isCard(b []byte) bool {
	var d [maxCard]byte
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			if c == ' ' || c == '-' || c == '.' {
				continue
			}
			return false
		}
		if n == maxCard {
			return false
		}
		d[n] = c - '0'
		n++
	}
	return n >= minCard && issued(d[:n]) && luhn(d[:n])
}

// issued reports whether the first digits and the length belong to a card
// scheme.
func issued(d []byte) bool {
	n := len(d)
	two := int(d[0])*10 + int(d[1])
	four := two*100 + int(d[2])*10 + int(d[3])
	switch {
	case d[0] == 4: // Visa
		return n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720: // Mastercard
		return n == 16
	case two == 34, two == 37: // American Express
		return n == 15
	case two == 36, two == 38, two == 39, four >= 3000 && four <= 3059, four/10 == 309: // Diners
		return n >= 14
	case four >= 3528 && four <= 3589: // JCB
		return n >= 16
	case four == 6011, two == 64, two == 65, two == 62, two == 60, two == 81, two == 82: // Discover, UnionPay, RuPay
		return n >= 16
	case two == 50, two >= 56 && two <= 58, two == 63, two == 67: // Maestro
		return n >= 15
	default:
		return false
	}
}

// luhn checks the check digit.
func luhn(d []byte) bool {
	sum := 0
	for i := range d {
		v := int(d[len(d)-1-i])
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
