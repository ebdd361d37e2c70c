package consistency

// mismatchRatio is how far a quantity may be worse than promised.
const mismatchRatio = 1.5

// tenureWords say that a duration is how long somebody has been there.
var tenureWords = wordSet(`ago last past since first customer client users member together experience been using used worked working drove driven sent
i've we've`)

// perfectWords say so of years: "I have put them on for thirty years".
// Who has waited for years tells how long it takes.
var (
	perfectWords = wordSet(`have has 've`)
	waitWords    = wordSet(`wait waited waiting ask asked asking beg begged chased chasing wanted promised needed`)
)

// roughWords may stand between "the last" and its time.
var roughWords = wordSet(`few full nearly about roughly almost odd some couple`)

// nearest finds the quantity of a measure in tokens [from, to) that is nearest
// to a cue at token at; nil when there is none.
func nearest(m *measure, s *sentence, at, from, to int) *quantity {
	best, distance := -1, 0
	for i, q := range s.quants {
		if q.from < from || q.to > to || !m.fits(q) || m.tenure(s, q) {
			continue
		}
		d := max(q.from-at, at-q.to, 0)
		if at < 0 {
			d = 0
		}
		if d <= measureReach && (best < 0 || d < distance) {
			best, distance = i, d
		}
	}
	if best < 0 {
		return nil
	}
	q := s.quants[best]
	return &q
}

// measureReach is how many tokens may stand between a cue and its number.
const measureReach = 14

func (m *measure) fits(q quantity) bool {
	if m.dim != q.dim || m.most > 0 && q.lo > m.most {
		return false
	}
	if m.nouns == nil {
		return true
	}
	for _, n := range q.nouns {
		if m.nouns[n] {
			return true
		}
	}
	return false
}

// tenure says whether a duration tells since when, not how long something
// takes: "two years ago", "in the last three months", "a customer for years".
func (m *measure) tenure(s *sentence, q quantity) bool {
	return m.dim == dimDuration && !m.more && s.sinceWhen(q)
}

func (s *sentence) sinceWhen(q quantity) bool {
	if q.to < len(s.toks) && (s.toks[q.to].word == "ago" || s.toks[q.to].word == "old") {
		return q.lo >= month
	}
	for i := q.from - 1; i >= 0 && i >= q.from-3; i-- {
		switch s.toks[i].word {
		case "last", "past", "previous", "first":
			if i == q.from-1 || roughWords[s.toks[q.from-1].word] {
				return true
			}
		case "its", "his", "her", "their", "my", "our", "your":
			if i == q.from-1 && ordinals[s.toks[q.from].word] > 0 {
				return true // "in its seventh year"
			}
		case "for":
			if q.lo < month {
				return false
			}
			for k, t := range s.toks {
				if tenureWords[t.word] || q.lo >= year && k < i && perfectWords[t.word] && !s.has(waitWords) {
					return true
				}
			}
		}
	}
	return false
}

// comparison is the outcome of holding a quantity against a promise.
type comparison int8

const (
	incomparable comparison = iota
	agrees
	worse
)

// compare holds what was seen against what was promised. Better than promised
// agrees.
func (m *measure) compare(promised, seen quantity) comparison {
	p, s := promised, seen
	if m.dim == dimMoney {
		var ok bool
		if p, s, ok = sameRate(p, s); !ok {
			return incomparable
		}
	}
	if m.points > 0 {
		if s.hi <= p.lo-m.points && 100-s.hi >= mismatchRatio*(100-p.hi) {
			return worse
		}
		return agrees
	}
	if m.more {
		if s.loose || s.bound == boundAtMost && s.dim == dimDuration {
			return incomparable
		}
		if s.bound == boundAtLeast && s.hi*mismatchRatio <= p.lo {
			return incomparable
		}
		if s.hi*mismatchRatio <= p.lo {
			return worse
		}
		return agrees
	}
	if s.bound == boundAtMost && s.loose {
		return agrees
	}
	if s.lo >= p.hi*mismatchRatio {
		if s.below {
			return incomparable // "less than a month" may be as promised
		}
		return worse
	}
	return agrees
}

// over is a quantity in another span: five a week are some twenty a month. One
// that has a span and one that has none cannot be compared.
func (q quantity) over(span float64) (quantity, bool) {
	if q.dim == dimCount || q.dim == dimDuration {
		if (q.span > 0) != (span > 0) {
			return q, false
		}
		if span > 0 {
			scale := span / q.span
			q.lo, q.hi, q.span = q.lo*scale, q.hi*scale, span
		}
	}
	return q, true
}

// rateUnits are the periods of a price.
var rateUnits = map[string]float64{"hour": hour, "day": day, "week": week, "month": month, "year": year}

// sameRate brings two prices to one period. A single payment and a
// subscription cannot be compared, nor can a price a head and one for all.
func sameRate(p, s quantity) (quantity, quantity, bool) {
	if p.each != s.each && s.each || p.nouns[0] != "" && s.nouns[0] != "" && p.nouns[0] != s.nouns[0] {
		return p, s, false
	}
	months := map[string]float64{"day": 30.4, "week": 52.0 / 12, "month": 1, "year": 1.0 / 12}
	if p.per == s.per || p.per == "piece" && s.per == "once" || p.per == "once" && s.per == "piece" {
		return p, s, p.each == s.each || p.lo > s.lo*0.5
	}
	pf, sf := months[p.per], months[s.per]
	if s.per == "piece" && pf > 0 {
		return p, s, p.each == s.each // "nineteen a line" is for the time that was promised
	}
	if pf == 0 || sf == 0 {
		return p, s, false
	}
	p.lo, p.hi, s.lo, s.hi = p.lo*pf, p.hi*pf, s.lo*sf, s.hi*sf
	return p, s, p.each == s.each
}
