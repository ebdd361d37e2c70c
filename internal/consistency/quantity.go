package consistency

import (
	"math"
	"slices"
	"strings"
)

// dimension is what a quantity measures.
type dimension uint8

const (
	dimNone     dimension = iota
	dimDuration           // seconds
	dimPeriod             // seconds between two of the same
	dimMoney              // units of the currency
	dimPercent            // 0 to 100, or more for growth
	dimDistance           // metres
	dimCount              // of the noun that follows
)

var dimensionNames = map[string]dimension{
	"duration": dimDuration, "period": dimPeriod, "money": dimMoney, "percent": dimPercent, "distance": dimDistance, "count": dimCount,
}

// quantity is an amount in base units with the tokens that say it.
type quantity struct {
	dim      dimension
	lo, hi   float64
	bound    bound
	per      string  // of money: "month", "year", "once" when unsaid
	each     bool    // of money: for each seat, user, head
	span     float64 // of a count or a duration: the seconds in which it adds up, "a week"; 0 when unsaid
	nouns    [3]string
	from, to int // tokens; to is exclusive
	loose    bool
	bare     bool    // money that may be a count: "twelve a month"
	limit    bool    // the bound is said to be one: "no more than", "tops"
	share    bool    // of a percentage: it is a part of a whole
	below    bool    // it is less than that: "under", "less than"
	base     float64 // what one of it is in base units; 0 when no number says it
}

const (
	second = 1.0
	minute = 60.0
	hour   = 3600.0
	day    = 24 * hour
	week   = 7 * day
	month  = 30.4 * day
	year   = 365 * day
)

var durationUnits = map[string]float64{
	"second": second, "seconds": second, "sec": second, "secs": second,
	"minute": minute, "minutes": minute, "min": minute, "mins": minute,
	"hour": hour, "hours": hour, "hr": hour, "hrs": hour,
	"day": day, "days": day, "night": day, "nights": day, "morning": day, "mornings": day, "evening": day,
	"week": week, "weeks": week, "wk": week, "wks": week, "fortnight": 2 * week, "fortnights": 2 * week,
	"weekend": 2 * day, "weekends": 2 * day,
	"month": month, "months": month, "mo": month, "mos": month, "quarter": 3 * month, "quarters": 3 * month,
	"season": 3 * month, "seasons": 3 * month, "summer": 3 * month, "winter": 3 * month,
	"year": year, "years": year, "yr": year, "yrs": year, "decade": 10 * year, "decades": 10 * year,
	"ring": 6 * second, "rings": 6 * second, "sunday": week, "monday": week, "tuesday": week, "wednesday": week,
	"thursday": week, "friday": week, "saturday": week,
}

// periodOnly are the units that say how often, never how long.
var periodOnly = wordSet(`morning mornings evening sunday monday tuesday wednesday thursday friday saturday`)

var distanceUnits = map[string]float64{
	"foot": 0.3048, "feet": 0.3048, "ft": 0.3048, "inch": 0.0254, "inches": 0.0254, "yard": 0.9144, "yards": 0.9144,
	"meter": 1, "meters": 1, "metre": 1, "metres": 1, "mile": 1609, "miles": 1609, "km": 1000, "kilometer": 1000, "kilometers": 1000, "kilometre": 1000, "kilometres": 1000,
	"cm": 0.01, "centimeter": 0.01, "centimeters": 0.01, "centimetre": 0.01, "centimetres": 0.01, "mm": 0.001, "millimeter": 0.001, "millimeters": 0.001,
	"millimetre": 0.001, "millimetres": 0.001, "block": 100, "blocks": 100,
}

var periodWords = map[string]float64{
	"hourly": hour, "daily": day, "nightly": day, "weekly": week, "biweekly": 2 * week, "fortnightly": 2 * week, "monthly": month,
	"quarterly": 3 * month, "yearly": year, "annually": year, "annual": year,
}

var eachWords = wordSet(`seat seats user users head heads person employee technician tech login license licence inspector crew truck vehicle device`)

// findQuantities lists every amount in a sentence, left to right. Only a count
// over a period stands in it twice: as a count and as a period.
func findQuantities(dst []quantity, toks []token) []quantity {
	for i := 0; i < len(toks); {
		if toks[i].is&mayCount == 0 {
			i++
			continue
		}
		if n := clockTime(toks, i); n > 0 {
			i += n
			continue
		}
		q, ok := fromWhole(toks, i)
		if !ok {
			q, ok = readQuantity(toks, i)
		}
		if !ok {
			i++
			continue
		}
		q.from = i
		q.bound, q.limit = boundBefore(toks, i, q.bound)
		q.share = q.share || q.dim == dimPercent && sharesOut(toks, i, q.to)
		q.below = q.bound == boundAtMost && belowBefore(toks, i)
		if b := boundAfter(toks, q.to); b != boundNone {
			q.bound, q.limit = b, true
		}
		if q.dim == dimMoney {
			dst = perSubject(dst, toks, &q)
		}
		dst = append(dst, q)
		i = max(q.to, i+1)
		if p, span, ok := frequency(toks, q); ok {
			dst[len(dst)-1].span = span
			dst = append(dst, p)
			i = p.to
		} else if span, to := perDay(toks, q); span > 0 {
			dst[len(dst)-1].span, i = span, to // the week of "ten hours a week" is none of its own
		}
	}
	return dst
}

var clockMinutes = wordSet(`fifteen thirty forty-five o am pm a.m p.m a.m. p.m.`)

var clockBefore = wordSet(`at until till from by before after since`)

var clockAfter = wordSet(`until till at in on sharp they we i you he she it the and every each`)

// clockTime is how many tokens at i say a time of day, "six thirty" or "until
// nine at night", or two, "eight to six". They measure nothing.
func clockTime(toks []token, i int) int {
	h := hourAt(toks, i)
	if h == 0 {
		return 0
	}
	if i+2 < len(toks) && (toks[i+1].word == "to" || toks[i+1].word == "until" || toks[i+1].word == "till") {
		if to := hourAt(toks, i+2); to > 0 && to <= h {
			return 3
		}
	}
	n, next := 1, ""
	if i+1 < len(toks) && clockMinutes[toks[i+1].word] {
		n = 2
	}
	if i+n < len(toks) && !toks[i+n].punct {
		next = toks[i+n].word
	}
	switch {
	case n == 2 && (next == "a" || next == "per" || next == "each" || durationUnits[next] > 0 || bigNumbers[next] > 0):
		return 0 // "six thirty a month" is a price
	case n == 1 && (i == 0 || !clockBefore[toks[i-1].word] || next != "" && !clockAfter[next]):
		return 0
	}
	return n
}

// hourAt is the hour of the clock that token i may be, or 0.
func hourAt(toks []token, i int) float64 {
	h := smallNumbers[toks[i].word]
	if h == 0 && len(toks[i].word) <= 2 {
		h, _, _ = parseDigits(toks[i].word)
	}
	if h < 1 || h > 12 || h != math.Trunc(h) {
		return 0
	}
	return h
}

func readQuantity(toks []token, i int) (quantity, bool) {
	if q, ok := readIdiom(toks, i); ok {
		return q, true
	}
	switch w := toks[i].word; {
	case w == "$" || w == "£" || w == "€":
		if n, ok := parseNumber(toks, i+1); ok {
			return readRate(toks, quantity{dim: dimMoney, lo: n.lo, hi: n.hi, to: n.next}), true
		}
	case w == "every" || w == "each" || w == "per":
		return readPeriod(toks, i)
	case periodWords[w] > 0:
		return quantity{dim: dimPeriod, lo: periodWords[w], hi: periodWords[w], to: i + 1}, true
	case ordinals[w] > 0:
		return readTimes(toks, i, 0)
	case smallNumbers[w] >= 20 && wordAt(toks, i+1) == "-" && ordinals[wordAt(toks, i+2)] > 0:
		return readTimes(toks, i+2, smallNumbers[w]) // "the thirty-fourth day"
	}
	if q, ok := readFraction(toks, i); ok {
		return q, true
	}
	n, ok := parseNumber(toks, i)
	if !ok {
		return quantity{}, false
	}
	return readUnit(toks, i, n)
}

// readUnit reads what follows a number.
func readUnit(toks []token, i int, n number) (quantity, bool) {
	j := n.next
	at := func(k int) string { return wordAt(toks, k) }
	q := quantity{lo: n.lo, hi: n.hi, loose: n.loose, to: j + 1}
	k := j
	for at(k) == "-" || at(k) == "full" || at(k) == "business" || at(k) == "working" || at(k) == "calendar" || at(k) == "short" || at(k) == "whole" || at(k) == "solid" || at(k) == "good" || at(k) == "a" || at(k) == "an" {
		k++
	}
	q.to = k + 1
	unit := at(k)
	halved := n.words && at(i-1) == "half"                             // the "a" of "half a day"
	rated := k > j && (at(k-1) == "a" || at(k-1) == "an") && n.lo >= 1 // "two a day"
	switch {
	case unit == "quarters" && at(k+1) == "of" && n.lo == 3:
		return quantity{dim: dimPercent, lo: 75, hi: 75, to: k + 1}, true
	case durationUnits[unit] > 0 && !periodOnly[unit] && !halved && !rated:
		q.dim, q.base = dimDuration, durationUnits[unit]
		q.lo, q.hi = q.lo*q.base, q.hi*q.base
		if at(k+1) == "or" && (at(k+2) == "two" || at(k+2) == "so" || at(k+2) == "less") { // "a day or two"
			switch at(k + 2) {
			case "two":
				q.hi = 2 * durationUnits[unit]
			case "less":
				q.bound = boundAtMost
			}
			q.to = k + 3
		}
		if at(k+1) == "and" && at(k+2) == "a" && (at(k+3) == "half" || at(k+3) == "quarter") { // "a week and a half"
			q.lo, q.hi, q.to = q.lo+float64(durationUnits[unit]/2), q.hi+float64(durationUnits[unit]/2), k+4
		}
		return q, true
	case n.words:
		return quantity{}, false
	case unit == "%" || unit == "percent" || unit == "per" && at(k+1) == "cent":
		q.dim, q.base = dimPercent, 1
		if unit == "per" {
			q.to = k + 2
		}
		q.to = readRate(toks, q).to // the month of "two percent a month" is none of its own
		return q, true
	case unit == "dollar" || unit == "dollars" || unit == "bucks" || unit == "usd" || unit == "euros" || unit == "pounds" || unit == "quid":
		q.dim = dimMoney
		return readRate(toks, q), true
	case unit == "cents" || unit == "pence":
		q.dim, q.lo, q.hi = dimMoney, q.lo/100, q.hi/100
		return readRate(toks, q), true
	case at(n.next-1) == "grand":
		q.dim, q.to = dimMoney, n.next
		return readRate(toks, q), true
	case distanceUnits[unit] > 0:
		q.dim, q.base = dimDistance, distanceUnits[unit]
		q.lo, q.hi = q.lo*q.base, q.hi*q.base
		return q, true
	}
	if share, ok := shareOf(toks, k, n); ok {
		return share, true
	}
	switch {
	case parts[unit] > 0:
		return n.share(parts[unit], k+1), true
	case unit == "times":
		if p, ok := perPeriod(toks, k+1); ok && n.lo > 0 {
			return quantity{dim: dimPeriod, lo: p.lo / n.hi, hi: p.hi / n.lo, to: p.to}, true
		}
		q.dim = dimCount
		q.nouns[0] = "time"
		return q, true
	}
	q.to = n.next
	if n.lo == 0.5 && (at(n.next) == "of" || at(n.next) == "the" || at(n.next) == "my" || at(n.next) == "our" || halfDoes[at(n.next)] || at(n.next) == "" || breaks(at(n.next))) {
		return quantity{dim: dimPercent, lo: 50, hi: 50, to: n.next}, true
	}
	if r := readRate(toks, q); (r.per != "once" || r.each) && (n.lo > 1 || !(at(n.next) == "yearly" || at(n.next) == "monthly" || at(n.next) == "weekly" || at(n.next) == "annual")) { // "nine hundred a month", "thirty a head"
		r.dim, r.bare = dimMoney, true
		return r, true
	}
	q.dim = dimCount
	if n.lo >= 1000 && (at(n.next) == "" || breaks(at(n.next)) || at(n.next) == "over" || at(n.next) == "more" || at(n.next) == "in") && (n.lo > 2100 || n.lo < 1900) {
		q.dim, q.per = dimMoney, "once" // "up thirty thousand": who counts so high without a noun counts money
		return q, true
	}
	if b := at(i - 1); labelNouns[b] || b == "or" && (at(i-3) == "a" || at(i-3) == "an") || n.lo >= firstYear && n.lo <= lastYear && yearBefore[b] && q.dim == dimCount ||
		b == "'" && n.lo == math.Trunc(n.lo) && n.lo < 100 {
		return quantity{}, false // "employee two", "a dollar or two", "since 1998", "in '98"
	}
	if at(n.next) == "of" && (at(n.next+1) == "us" || at(n.next+1) == "them") { // "twelve of us"
		q.nouns[0], q.to = at(n.next+1), n.next+2
		return q, true
	}
	if at(i-1) == "of" && i > 1 && (at(i-2) == "team" || at(i-2) == "staff" || at(i-2) == "crew" || at(i-2) == "company") && (at(n.next) == "" || breaks(at(n.next))) {
		q.nouns[0] = "person" // "a team of forty"
		return q, true
	}
	if b := at(i - 1); (b == "at" || b == "before" || b == "by" || b == "after" || b == "until" || b == "till" || b == "past") &&
		(at(n.next) == "" || breaks(at(n.next)) || at(n.next) == "a.m" || at(n.next) == "p.m" || at(n.next) == "pm" || at(n.next) == "am") && n.lo <= 24 {
		return quantity{}, false // a time of day
	}
	behind := n.next
	if at(behind) == "-" {
		behind++ // "a two-man shop"
	}
	for c, m := 0, behind; c < len(q.nouns) && m < len(toks) && !toks[m].punct; m++ {
		if toks[m].filler && c == 0 && at(m) != "of" && at(m) != "our" && at(m) != "my" && at(m) != "other" {
			break
		}
		if !toks[m].filler {
			q.nouns[c] = toks[m].lemma
			c++
		}
	}
	return q, true
}

// shareOf reads the whole that number n is a part of at token k, "nine in ten",
// or behind what it counts, "four dates in a hundred".
func shareOf(toks []token, k int, n number) (quantity, bool) {
	whole, next := wholeAt(toks, k)
	if round := whole == 20 || whole == 50 || whole == 100; whole == 0 || whole < n.hi || n.lo > 10 && !round {
		if whole, next = wholeAt(toks, k+1); whole == 0 || whole < n.hi || whole != 100 && !partOf(toks, k, next, n) {
			return quantity{}, false
		}
	}
	return n.share(whole, next), true
}

// partOf says whether what number n counts at token k is a part of a whole
// that ends before token next: "one lead in four becomes a job", "four days out
// of five", but not "forty people in three offices" or "one town in four counties".
func partOf(toks []token, k, next int, n number) bool {
	if toks[k].punct || toks[k].filler {
		return false
	}
	if toks[k+1].word == "out" {
		return true
	}
	timed := durationUnits[toks[k].word] > 0
	if next == len(toks) || toks[next].punct || toks[next].filler {
		return !timed
	}
	plural := strings.HasSuffix(toks[next].word, "s")
	if n.lo == 1 {
		return plural && next+1 < len(toks) && toks[next+1].filler
	}
	return !plural && !timed
}

// fromWhole reads a part that is named after its whole, which is the number at
// token i: "of the forty I bought, I signed eleven".
func fromWhole(toks []token, i int) (quantity, bool) {
	of := i - 1
	if wordAt(toks, of) == "the" {
		of--
	}
	if wordAt(toks, of) != "of" || of > 0 && toks[of-1].word != "out" && !toks[of-1].punct {
		return quantity{}, false
	}
	whole, ok := parseSimple(toks, i)
	if !ok || whole.lo != whole.hi || whole.lo < 2 {
		return quantity{}, false
	}
	for k := whole.next; k < len(toks) && k < whole.next+wholeReach; k++ {
		if toks[k].is&mayCount == 0 {
			continue
		}
		n, ok := parseSimple(toks, k)
		if !ok || n.words || n.hi > whole.lo || durationUnits[wordAt(toks, n.next)] > 0 {
			return quantity{}, false
		}
		return n.share(whole.lo, n.next), true
	}
	return quantity{}, false
}

// wholeReach is how many tokens may stand between a whole and its part.
const wholeReach = 8

// share is the part of a whole that a number is, in percent.
func (n number) share(whole float64, to int) quantity {
	return quantity{dim: dimPercent, share: true, lo: 100 * n.lo / whole, hi: 100 * n.hi / whole, to: to}
}

// wholeAt reads "in ten", "of every hundred", "out of twenty" at token k, and
// returns the number and what follows it; 0 when nothing of that kind is there.
func wholeAt(toks []token, k int) (float64, int) {
	switch wordAt(toks, k) {
	case "in", "of":
		k++
	case "out":
		if wordAt(toks, k+1) != "of" {
			return 0, 0
		}
		k += 2
	default:
		return 0, 0
	}
	if wordAt(toks, k) == "every" {
		k++
	}
	d, ok := parseSimple(toks, k)
	if !ok || d.words || d.lo <= 1 || d.lo > 100 && math.Mod(d.lo, 100) != 0 {
		return 0, 0
	}
	return d.lo, d.next
}

// halfDoes are what half of something does.
var halfDoes = wordSet(`are were never go goes went get got come came do did`)

// fractions are the parts that one of is said, and fractionAfter what follows them.
var (
	fractions     = map[string]float64{"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10, "twentieth": 20}
	fractionAfter = wordSet(`of less more fewer lower higher cheaper`)
)

// readFraction reads "a third of the leads", "by a quarter", "one fifth less".
func readFraction(toks []token, i int) (quantity, bool) {
	part := fractions[wordAt(toks, i+1)]
	if w := toks[i].word; part == 0 || w != "a" && w != "an" && w != "one" {
		return quantity{}, false
	}
	next, unit := wordAt(toks, i+2), i+3
	if wordAt(toks, unit) == "a" || wordAt(toks, unit) == "an" {
		unit++
	}
	if !fractionAfter[next] && wordAt(toks, i-1) != "by" || next == "of" && (durationUnits[wordAt(toks, unit)] > 0 || distanceUnits[wordAt(toks, unit)] > 0 || bigNumbers[wordAt(toks, unit)] > 0) {
		return quantity{}, false // "a third truck", "a quarter of an hour"
	}
	return quantity{dim: dimPercent, lo: 100 / part, hi: 100 / part, share: next == "of", to: i + 2}, true
}

// parts are the fractions that people count in.
var parts = map[string]float64{"thirds": 3, "fifths": 5, "tenths": 10}

// labelNouns are numbered: a number behind them counts nothing.
var labelNouns = wordSet(`employee number page step room unit route highway interstate tier phase version chapter gate bay grade`)

// yearBefore stands in front of a year.
var yearBefore = wordSet(`since in from until till by before after around spring summer fall autumn winter january february march april may june july august
september october november december`)

// The years that a text may name.
const (
	firstYear = 1900
	lastYear  = 2099
)

var (
	oneWords   = wordSet(`a an each every one per`)
	ofThing    = wordSet(`of on in with for`)
	priceVerbs = wordSet(`is was are were costs cost runs ran goes went comes came will would sells sold 's`)
	areaWords  = wordSet(`foot feet ft yard yards meter metre meters metres inch mile`)
)

// perSubject reads what a price is for where that is said first, "a seat costs
// $49", "for each device you pay $12", and drops the hour of "an hour is $150".
func perSubject(dst []quantity, toks []token, q *quantity) []quantity {
	for i := q.from - 1; i >= 0 && !breaks(toks[i].word); i-- {
		if !oneWords[toks[i].word] || i > 0 && !breaks(toks[i-1].word) && wordAt(toks, i-1) != "for" && wordAt(toks, i-1) != "and" {
			continue
		}
		unit, next := wordAt(toks, i+1), wordAt(toks, i+2)
		switch {
		case i+1 >= q.from || wordAt(toks, i-1) != "for" && toks[i].word != "per" && !priceVerbs[next] && !ofThing[next] && !areaWords[next]:
		case eachWords[unit]:
			q.each = true
		case rateUnits[unit] > 0 && q.per == "once":
			q.per = unit
			dst = slices.DeleteFunc(dst, func(o quantity) bool { return o.from == i })
		}
		if q.nouns[0] == "" && i+1 < q.from {
			q.nouns[0] = priceUnit(toks[i+1])
		}
		break
	}
	return dst
}

// priceUnit is what a price is for one of, where it can be told from others:
// whoever sits on a seat is a head.
func priceUnit(t token) string {
	switch {
	case soldWords[t.word]:
		return t.lemma
	case eachWords[t.word]:
		return "head"
	}
	return ""
}

var soldWords = wordSet(`truck vehicle device crew lead job roof project square foot mile`)

// readRate reads "per user per month", "a seat monthly", "/mo" after money.
func readRate(toks []token, q quantity) quantity {
	q.per = "once"
	for j := q.to; j < len(toks); {
		k := j
		if w := toks[k].word; q.per == "once" && (w == "apiece" || w == "each" && (k+1 == len(toks) || toks[k+1].punct)) {
			q.per, q.to = "piece", k+1
			return q
		} else if w == "per" || w == "a" || w == "an" || w == "/" || w == "each" || w == "every" || w == "for" && k+1 < len(toks) && toks[k+1].word == "each" {
			k++
			if w == "for" {
				k++
			}
		}
		if k >= len(toks) {
			break
		}
		w := toks[k].word
		switch {
		case k > j && (w == "month" || w == "mo") || w == "monthly":
			q.per = "month"
		case k > j && (w == "year" || w == "yr" || w == "annum") || w == "yearly" || w == "annually":
			q.per = "year"
		case k > j && w == "week" || w == "weekly":
			q.per = "week"
		case k > j && (w == "day" || w == "hour") || w == "daily" || w == "hourly":
			q.per = w
		case k > j && eachWords[w]:
			q.each, q.nouns[0] = true, priceUnit(toks[k])
		case k > j && q.per == "once" && !toks[k].punct && (toks[k-1].word == "a" || toks[k-1].word == "an" || toks[k-1].word == "per" || toks[k-1].word == "each"):
			q.per, q.nouns[0] = "piece", priceUnit(toks[k])
			if areaWords[wordAt(toks, k+1)] { // "a square foot"
				k++
			}
		default:
			return q
		}
		j = k + 1
		q.to = j
	}
	return q
}

func sameWords(toks []token, ws []string) bool {
	for k, w := range ws {
		if toks[k].word != w {
			return false
		}
	}
	return true
}
