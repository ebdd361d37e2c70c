package consistency

// negation is one word that turns round what follows it, and how far it
// reaches. Positions are token indexes; to is exclusive.
type negation struct {
	at       int
	from, to int
}

var negators = wordSet(`not no never nobody none nothing without neither nor nowhere hardly barely rarely seldom zero
scarcely nope unable lack lacks lacking refuse refuses refused refusing fail fails failed stop stops stopped
wish avoid prevents prevent isnt arent dont doesnt didnt wont cant couldnt wouldnt wasnt werent havent hasnt aint`)

// shortReach are the negators of a noun phrase; the others reach to the end
// of the clause.
var shortReach = wordSet(`no without zero lack lacks lacking`)

// idioms look negative and are not.
var idioms = parsePhrases(`no doubt; no problem; no problems; no fuss; no wonder; no matter; not only; not just; not to mention;
without fail; without exception; without question; no question; no questions; no strings; no argument; no joke; no kidding;
no less; no sooner; nothing but; not bad; never better; no worries; no sweat; no trouble; no hassle; no drama; no later than; not merely;
no more than; never more than; not more than; no longer than; never longer than; not least; no earlier; never later than; nobody but; nothing short of; no one but;
no exceptions; no excuses; no matter what; in no time; can not complain; could not be happier; can not fault; could not fault; can not beat; could not ask for; nothing to complain;
can not say enough; not a problem; will not regret; not sure; no idea; do not know; do not worry; no contest; no comparison; no pun; why not; not far; non stop; no nonsense; no brainer; never been higher; never been better; never been stronger; never been happier; never been easier; never been busier;
could not have been kinder; could not have been better; could not have been nicer; could not have been easier; could not have been happier; could not be kinder; could not be nicer`)

// turners are phrases of several words that turn round what follows.
var turners = parsePhrases(`no longer; used to; supposed to; meant to; instead of; rather than; far from; anything but; short of; yet to; in place of;
were to; was to; stop short; too busy to; not even; struggle to; give up on; do away with; free of; free from; as opposed to; in lieu of; out of the question; on paper;
lie that; false that; untrue that; myth that; nonsense that; not true that; not the case that; not believe that; not say that; nobody can say that; no truth that`)

func parsePhrases(list string) map[string][][]string {
	phrases := map[string][][]string{}
	for _, p := range splitList(list) {
		ws := splitWords(p)
		phrases[ws[0]] = append(phrases[ws[0]], ws)
	}
	return phrases
}

// phraseAt returns the length in tokens of the longest phrase at i, 0 if none.
func phraseAt(phrases map[string][][]string, toks []token, i int) int {
	best := 0
next:
	for _, ws := range phrases[toks[i].word] {
		if len(ws) <= best || i+len(ws) > len(toks) {
			continue
		}
		for k, w := range ws {
			if toks[i+k].word != w {
				continue next
			}
		}
		best = len(ws)
	}
	return best
}

// costVerbs are what "nothing" behind them denies.
var costVerbs = wordSet(`cost costs pay pays paid charge charges charged owe owed add adds`)

// negationReach bounds a negator's scope in words that carry meaning.
const (
	longReach  = 7
	shortWords = 3
)

// findNegations lists the negators of a sentence with their scopes. A scope
// ends with its clause.
func findNegations(dst []negation, toks []token, clauses []clause) []negation {
	for i := 0; i < len(toks); i++ {
		if toks[i].is&mayDeny == 0 {
			continue
		}
		if n := phraseAt(idioms, toks, i); n > 0 {
			i += n - 1
			continue
		}
		last, reach := i, longReach
		if n := phraseAt(turners, toks, i); n > 0 {
			last = i + n - 1
		} else if !negators[toks[i].word] {
			continue
		} else if shortReach[toks[i].word] {
			reach = shortWords
		}
		end := len(toks)
		for _, c := range clauses {
			if last >= c.from && last < c.to {
				end = c.to
			}
		}
		from := last + 1
		if i > 0 && (toks[i].word == "nothing" || toks[i].word == "zero") && costVerbs[toks[i-1].word] {
			from = max(0, i-4) // "setup costs nothing"
		}
		to := last + 1
		for meaning := 0; to < end && meaning < reach; to++ {
			if !toks[to].filler && !toks[to].punct {
				meaning++
			}
		}
		dst = append(dst, negation{at: i, from: from, to: to})
		i = last
	}
	return dst
}

// denied says whether tokens [from, to) stand under an odd number of negations.
func (s *sentence) denied(from, to int) bool {
	return odd(s.negs, from, to, func(int) bool { return false })
}

// odd says whether the tokens in [from, to) stand under an odd number of
// negations. Negators that the cue itself consumed do not count.
func odd(negs []negation, from, to int, consumed func(int) bool) bool {
	flip := false
	for _, n := range negs {
		if n.from < to && n.to > from && !consumed(n.at) {
			// A negator behind the first words of a cue turns it only from
			// inside: "reports are not clear".
			flip = !flip
		}
	}
	return flip
}
