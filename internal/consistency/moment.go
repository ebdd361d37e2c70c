package consistency

var weekdays = map[string]int{"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}

var months = map[string]int{"january": 0, "february": 1, "march": 2, "april": 3, "may": 4, "june": 5, "july": 6, "august": 7,
	"september": 8, "october": 9, "november": 10, "december": 11}

// moment is a day that a text names: a day of the week, or one of the year.
type moment struct {
	named bool
	month bool // it is one of the year
	day   float64
	token int
}

// The days of a month that its parts stand for; a month alone is its middle.
const (
	earlyDay  = 4
	middleDay = 15
	lateDay   = 27
)

var monthParts = map[string]float64{"early": earlyDay, "beginning": earlyDay, "start": earlyDay, "mid": middleDay, "middle": middleDay, "late": lateDay, "end": lateDay}

// momentAt reads the day that token i names.
func momentAt(toks []token, i int) moment {
	if d, ok := weekdays[toks[i].word]; ok {
		return moment{true, false, float64(d), i}
	}
	m, ok := months[toks[i].word]
	if !ok || !toks[i].capital {
		return moment{}
	}
	word := func(k int) string { return wordAt(toks, k) }
	at := float64(middleDay)
	of, ordinal := i-1, 0.0
	if word(of) == "of" {
		of--
		ordinal = ordinals[word(of)]
	}
	switch n, _, digits := parseDigits(word(i + 1)); {
	case ordinals[word(i+1)] > 0: // "March first"
		at = ordinals[word(i+1)]
	case digits && n >= 1 && n <= 31:
		at = n
	case smallNumbers[word(i+1)] > 0 && smallNumbers[word(i+1)] <= 31:
		at = smallNumbers[word(i+1)]
	case monthParts[word(of)] > 0: // "the end of March", "early March"
		at = monthParts[word(of)]
	case ordinal > 0: // "the fourth of June"
		at = ordinal
	case word(of) == "week" && ordinals[word(of-1)] > 0:
		at = 7*ordinals[word(of-1)] - 4
	}
	return moment{true, true, float64(float64(m)*month/day) + at, i}
}

// since is how many days lie between an earlier day and this one, 0 when they
// cannot be told apart.
func (m moment) since(o moment) float64 {
	d := m.day - o.day
	switch {
	case !m.named || !o.named || m.month != o.month:
		return 0
	case d >= 0:
		return d
	case m.month:
		return d + 365
	}
	return d + 7
}

// momentsReach is how many tokens may stand between two days of one story.
const momentsReach = 12

var throughWords = wordSet(`to through thru and or - – — till until`)

// readElapsed reads the time between the day at token i and the next one:
// "wrote on Tuesday, heard on Thursday", "asked in June, came in August".
func readElapsed(toks []token, i int) (quantity, bool) {
	from := momentAt(toks, i)
	if !from.named {
		return quantity{}, false
	}
	for j := i + 1; j < len(toks) && j <= i+momentsReach; j++ {
		if d := momentAt(toks, j).since(from); d > 0 {
			if j == i+2 && throughWords[toks[i+1].word] {
				return quantity{}, false // "Monday to Friday"
			}
			return quantity{dim: dimDuration, lo: d * day, hi: d * day, to: j + 1}, true
		}
	}
	return quantity{}, false
}

var arrivalWords = wordSet(`came come arrived arrive got get here there showed landed until till still sat finally back delivered fixed answered reached went`)

// lastMoment is the last day that a sentence names.
func (s *sentence) lastMoment() moment {
	for i := len(s.toks) - 1; i >= 0; i-- {
		if s.toks[i].is&mayCount == 0 {
			continue
		}
		if m := momentAt(s.toks, i); m.named {
			return m
		}
	}
	return moment{}
}

// sinceThen reads the time from a day that the sentence before named to the
// last one in this: "Sent it on Tuesday. The answer came Friday."
func (s *sentence) sinceThen(before, now moment) {
	d := now.since(before)
	if d == 0 || !s.has(arrivalWords) {
		return
	}
	for _, q := range s.quants {
		if q.dim == dimDuration {
			return
		}
	}
	s.quants = append(s.quants, quantity{dim: dimDuration, lo: d * day, hi: d * day, from: now.token, to: now.token + 1})
}
