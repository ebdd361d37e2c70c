package consistency

// timeIdioms are the ways to say how long something takes without a number.
// "~" in front of a name means that the phrase is loose: it supports a short
// promise and never breaks one by its own length.
var timeIdioms = parseIdioms([]timeIdiom{
	{"same day; the same day; same business day; before the day is over; before the day is out; by the end of the day; by end of day; by the close of business; by close of business; before i go home; before we go home; before they go home; by day's end; within the day; inside the day; that day; later that day; by bedtime; before closing", 0, day},
	{"same afternoon; same morning; same evening; that afternoon; that evening; that morning; by lunch; before lunch; by dinner; before dinner; by supper; by lunchtime; this afternoon; over lunch; same shift", 0, 8 * hour},
	{"overnight; by morning; by the morning; by next morning; while you sleep; when i wake up; by breakfast", 6 * hour, 16 * hour},
	{"next morning; the next morning; next day; the next day; following day; the following day; following morning; next business day; next working day; tomorrow; by tomorrow; the day after", 12 * hour, day},
	{"day or two; day or so; couple days; the day after tomorrow; day after tomorrow", day, 2 * day},
	{"within the hour; inside the hour; under the hour; same hour", 0, hour},
	{"minute or two; minute or so; couple minutes", minute, 2 * minute},
	{"hour or two; hour or so; couple hours", hour, 2 * hour},
	{"week or two; couple weeks", week, 2 * week},
	{"week or so", week, week},
	{"month or two; couple months", month, 2 * month},
	{"year or two; couple years", year, 2 * year},
	{"instantly; instant; immediately; immediate; right away; at once; on the spot; straight away; real time; in seconds; within seconds; a matter of seconds; before you hang up; before i hung up; before the coffee cooled; before my coffee cooled; before the kettle boiled; before you can blink; before the homeowner put the pen down", 0, 5 * minute},
	{"in minutes; within minutes; takes minutes; took minutes; a matter of minutes; minutes", minute, 45 * minute},
	{"in hours; within hours; took hours; takes hours; for hours; a matter of hours; hours", 2 * hour, 20 * hour},
	{"within days; a matter of days; took days; takes days; for days; days on end; in days; days", 2 * day, 6 * day},
	{"an afternoon; one afternoon; a morning; one morning; an evening; a single afternoon; a single morning", 4 * hour, 8 * hour},
	{"most of a month; most of the month; better part of a month; the better part of a month", 20 * day, month},
	{"most of a week; most of the week; better part of a week", 4 * day, week},
	{"most of a year; most of the year; better part of a year", 8 * month, year},
	{"all day; half the day; most of the day; entire day; whole day", 6 * hour, 10 * hour},
	{"all week; whole week; entire week; by the end of the week; by end of week; by friday; within the week; same week", 3 * day, week},
	{"for weeks; took weeks; takes weeks; within weeks; in weeks; weeks on end; weeks later; weeks", 2 * week, 5 * week},
	{"next week; following week; the week after", 4 * day, 10 * day},
	{"next month; following month; the month after", 15 * day, 45 * day},
	{"for months; took months; takes months; months later; months on end; in months; months", 2 * month, 6 * month},
	{"all summer; all winter; all season; whole season; entire season", 3 * month, 4 * month},
	{"for years; took years; years later; years", 2 * year, 6 * year},
	{"forever; ages; an eternity; eternity; till the cows come home", 2 * month, 2 * month},
})

type timeIdiom struct {
	phrases string
	lo, hi  float64
}

type idiomEntry struct {
	words  []string
	lo, hi float64
}

func parseIdioms(table []timeIdiom) map[string][]idiomEntry {
	out := map[string][]idiomEntry{}
	for _, row := range table {
		for _, p := range splitList(row.phrases) {
			var ws []string
			for _, t := range appendTokens(nil, p, 0) {
				ws = append(ws, t.word)
			}
			out[ws[0]] = append(out[ws[0]], idiomEntry{ws, row.lo, row.hi})
		}
	}
	return out
}

// hoursAfter stands in front of hours and days that are a time, and hoursGo
// behind them: "waited days", "weeks later". Others are things, or say when:
// "passes the hours to payroll", "on most days".
var (
	hoursAfter = wordSet(`take takes took taken taking wait waits waited waiting spend spends spent lose lost waste wasted save saves saved for in within over of than
is was were be been being 's only just not no literally mostly usually often sometimes about like more another many ran run runs`)
	hoursGo = wordSet(`later of and on ago before after pass passed late longer early to went go goes not`)
)

// hoursOf are the words after which hours are those of a clock.
var hoursOf = wordSet(`after business office opening working off`)

// readIdiom reads a time idiom at token i; the longest wins. "same-day" is
// "same day".
func readIdiom(toks []token, i int) (quantity, bool) {
	best := quantity{}
	if i > 0 && hoursOf[toks[i-1].word] && toks[i].word == "hours" {
		return best, false
	}
	thing := !hoursGo[wordAt(toks, i+1)] && (i == 0 && len(toks) > 1 && !toks[1].punct || i > 0 && !hoursAfter[toks[i-1].word] && !toks[i-1].punct)
next:
	for _, e := range timeIdioms[toks[i].word] {
		j := i
		for _, w := range e.words {
			for j > i && j < len(toks) && toks[j].word == "-" {
				j++
			}
			if j >= len(toks) || toks[j].word != w {
				continue next
			}
			j++
		}
		if thing && len(e.words) == 1 && e.lo >= minute {
			continue // "the hours", "Hours land in payroll"
		}
		if j < len(toks) && toks[j].word == "'s" {
			continue // "tomorrow's jobs"
		}
		if j-i > best.to-i || best.dim == dimNone {
			best = quantity{dim: dimDuration, lo: e.lo, hi: e.hi, from: i, to: j, loose: true}
		}
	}
	if best.dim != dimNone {
		return best, true
	}
	// "day nine", "day 4"
	if toks[i].word == "day" || toks[i].word == "week" {
		if n, ok := parseSimple(toks, i+1); ok && !n.words && n.lo >= 1 && n.lo < 100 && n.lo == float64(int(n.lo)) {
			u := durationUnits[toks[i].word]
			return quantity{dim: dimDuration, lo: n.lo * u, hi: n.hi * u, to: n.next}, true
		}
	}
	return readElapsed(toks, i)
}
