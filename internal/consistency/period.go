package consistency

// placeBefore stands in front of what is gone to, not done: "to two places every
// night".
var placeBefore = wordSet(`to at from`)

// frequency reads a count over a period as the time between two, "four pings a
// day" is six hours. span is the period, 0 when they need not fill it.
func frequency(toks []token, q quantity) (between quantity, span float64, ok bool) {
	if q.dim != dimCount || q.lo <= 0 || q.nouns[0] == "" || q.from > 0 && placeBefore[toks[q.from-1].word] {
		return q, 0, false
	}
	for i := q.to + 1; i <= q.to+3 && i+1 < len(toks) && !toks[i].punct; i++ {
		if w := toks[i].word; w != "a" && w != "per" && w != "each" && w != "every" {
			continue
		}
		if p, ok := perPeriod(toks, i); ok {
			between = quantity{dim: dimPeriod, lo: p.lo / q.hi, hi: p.hi / q.lo, from: q.from, to: p.to}
			if !toks[i-1].filler && !takeWords[toks[i-1].word] { // not "three visits within a month"
				// the more of them, the less time between
				between.bound, between.nouns, span = q.bound.turned(), q.nouns, p.lo
			}
			return between, span, true
		}
	}
	return q, 0, false
}

// spanReach is how many tokens may stand between a count and the time in which
// it adds up.
const spanReach = 7

// spanOf is the time in which a count adds up that says no rate: "nine in May",
// "forty last year", "six is a good month"; 0 when nothing says it.
func spanOf(toks []token, q quantity) float64 {
	if span := spanIn(toks, q.to, spanReach); span > 0 {
		return span
	}
	return spanIn(toks, 0, min(q.from, spanReach)) // "in May I had nine"
}

// spanIn finds a month or a unit of time that no number counts among the next
// tokens from i on.
func spanIn(toks []token, i, reach int) float64 {
	for k := i; k < len(toks) && k < i+reach && !breaks(toks[k].word); k++ {
		w := toks[k].word
		_, weekday := weekdays[w]
		_, _, digits := parseDigits(wordAt(toks, k-1))
		switch {
		case momentAt(toks, k).month:
			return month
		case periodWords[w] > 0:
			return periodWords[w]
		case durationUnits[w] >= day && !weekday && smallNumbers[wordAt(toks, k-1)] == 0 && !digits:
			return durationUnits[w]
		}
	}
	return 0
}

// perDay reads "a day" or "weekly" behind an exact duration, and returns how long
// that is and the token after it.
func perDay(toks []token, q quantity) (float64, int) {
	if q.dim != dimDuration || q.loose || q.to >= len(toks) {
		return 0, 0
	}
	w, to := wordAt(toks, q.to), q.to+1
	if w == "a" || w == "per" || w == "each" || w == "every" {
		w, to = wordAt(toks, to), to+1
	}
	switch w {
	case "daily", "weekly", "monthly":
		return periodWords[w], to
	case "day", "week", "month", "year":
		if to > q.to+1 {
			return durationUnits[w], to
		}
	}
	return 0, 0
}

// readPeriod reads "every thirty seconds", "each week", "every other month".
func readPeriod(toks []token, i int) (quantity, bool) {
	j := i + 1
	factor := 1.0
	if j < len(toks) && (toks[j].word == "other" || toks[j].word == "second") && j+1 < len(toks) && durationUnits[toks[j+1].word] > 0 {
		factor, j = 2, j+1
	}
	if j < len(toks) && (toks[j].word == "single" || toks[j].word == "business") {
		j++
	}
	if j >= len(toks) {
		return quantity{}, false
	}
	if u := durationUnits[toks[j].word]; u > 0 {
		return quantity{dim: dimPeriod, lo: factor * u, hi: factor * u, to: j + 1}, true
	}
	if n, ok := parseNumber(toks, j); ok && n.next < len(toks) && toks[i].word == "every" {
		if u := durationUnits[toks[n.next].word]; u > 0 {
			return quantity{dim: dimPeriod, lo: n.lo * u, hi: n.hi * u, to: n.next + 1}, true
		}
	}
	return quantity{}, false
}

// readTimes reads "twice a minute" and "second day". tens are those of
// "thirty-second", of which token i is the last part.
func readTimes(toks []token, i int, tens float64) (quantity, bool) {
	times := tens + ordinals[toks[i].word]
	switch toks[i].word {
	case "twice", "once", "thrice":
		if p, ok := perPeriod(toks, i+1); ok {
			return quantity{dim: dimPeriod, lo: p.lo / times, hi: p.hi / times, to: p.to}, true
		}
	case "double", "first": // "the first month" is when, not how long
	default:
		if i+3 < len(toks) && toks[i+2].word == "of" && momentAt(toks, i+3).month {
			break // a date
		}
		if i+1 < len(toks) && durationUnits[toks[i+1].word] > 0 && !periodOnly[toks[i+1].word] && times < 40 {
			u := durationUnits[toks[i+1].word]
			return quantity{dim: dimDuration, lo: times * u, hi: times * u, to: i + 2}, true
		}
	}
	return quantity{}, false
}

// perPeriod reads "a week", "per day", "each month" at token i.
func perPeriod(toks []token, i int) (quantity, bool) {
	if i < len(toks) && (toks[i].word == "every" || toks[i].word == "in") {
		i++
	}
	if i+1 < len(toks) && (toks[i].word == "a" || toks[i].word == "per" || toks[i].word == "each" || toks[i].word == "an" || toks[i].word == "/") {
		i++
	}
	if i < len(toks) && durationUnits[toks[i].word] > 0 {
		u := durationUnits[toks[i].word]
		return quantity{dim: dimPeriod, lo: u, hi: u, to: i + 1}, true
	}
	return quantity{}, false
}
