package schema

import (
	"math"
	"regexp"
	"regexp/syntax"
	"unicode"
)

// patternTest returns a check of the regular expression that never accepts
// what re refuses. Simple expressions, which most schemas use, become a walk
// over the bytes; the others are run by the regexp package.
func patternTest(re *regexp.Regexp) func([]byte) bool {
	if p, ok := simplePattern(re.String()); ok {
		return p.accepts
	}
	return re.Match
}

// pattern matches a text that begins with its items, one after the other. The
// last item alone may vary in length, so there is never a choice to go back
// to.
type pattern struct {
	items []item
	end   bool // the text must end after the last item
}

// item is a class of ASCII characters, repeated.
type item struct {
	class    [256]bool
	min, max int
}

func (p *pattern) accepts(b []byte) bool {
	for i := range p.items {
		it := &p.items[i]
		n := 0
		for n < len(b) && n < it.max && it.class[b[n]] {
			n++
		}
		if n < it.min {
			return false
		}
		b = b[n:]
	}
	return !p.end || len(b) == 0
}

// simplePattern returns the expression as a pattern. It is false when the
// expression is not anchored at the start, or needs more than a pattern can
// say.
func simplePattern(expr string) (*pattern, bool) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, false
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	if parts[0].Op != syntax.OpBeginText {
		return nil, false
	}
	parts = parts[1:]
	p := &pattern{}
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		p.end = true
		parts = parts[:n-1]
	}
	for i, part := range parts {
		items, ok := itemsOf(part)
		if !ok || i < len(parts)-1 && varies(items) {
			return nil, false
		}
		p.items = append(p.items, items...)
	}
	return p, true
}

func varies(items []item) bool {
	for i := range items {
		if items[i].min != items[i].max {
			return true
		}
	}
	return false
}

// itemsOf returns a literal as one item a character, and a class or a
// repeated class as one item.
func itemsOf(re *syntax.Regexp) ([]item, bool) {
	minimum, maximum, inner := 1, 1, re
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return nil, false
		}
		var items []item
		for _, r := range re.Rune {
			it := item{min: 1, max: 1}
			if r > unicode.MaxASCII {
				return nil, false
			}
			it.class[r] = true
			items = append(items, it)
		}
		return items, true
	case syntax.OpRepeat:
		minimum, maximum, inner = re.Min, re.Max, re.Sub[0]
	case syntax.OpStar:
		minimum, maximum, inner = 0, -1, re.Sub[0]
	case syntax.OpPlus:
		minimum, maximum, inner = 1, -1, re.Sub[0]
	case syntax.OpQuest:
		minimum, maximum, inner = 0, 1, re.Sub[0]
	default: // a class, or what is refused below
	}
	if maximum < 0 {
		maximum = math.MaxInt
	}
	it := item{min: minimum, max: maximum}
	switch {
	case inner.Op == syntax.OpCharClass:
		for i := 0; i < len(inner.Rune); i += 2 {
			lo, hi := inner.Rune[i], inner.Rune[i+1]
			if hi > unicode.MaxASCII {
				return nil, false
			}
			for r := lo; r <= hi; r++ {
				it.class[r] = true
			}
		}
	case inner.Op == syntax.OpLiteral && len(inner.Rune) == 1 && inner.Flags&syntax.FoldCase == 0 && inner.Rune[0] <= unicode.MaxASCII:
		it.class[inner.Rune[0]] = true
	default:
		return nil, false
	}
	return []item{it}, true
}
