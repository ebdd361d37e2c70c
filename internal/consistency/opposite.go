package consistency

import "strings"

// absolutes make a claim one that a single case refutes: "we never ...",
// "every ...". Such claims are gainsaid twice as often as others.
var absolutes = wordSet(`never no nobody none nothing without always every all any only each whole whatever everyone
everything anyone anytime whenever anything entire entirely forever ever single`)

// opposites leads from a word's lemma to those that mean the opposite of it
// where one side of a deal promises and the other answers.
var opposites = parseOpposites(`free/fee charge cost pay bill extra; included/extra charge; own/shared rent outsource contractor
freelancer agency subcontractor; employee/subcontractor contractor; human/bot robot machine; person/recording bot voicemail machine;
answer/voicemail recording ring machine; reply/silence; stay/quit leave gone; keep/lose leave quit; same/different new another change;
new/old used; local/overseas abroad; month/year; monthly/year annual; cancel/lock year contract; anytime/contract year notice;
exclusive/shared; one/several three five; single/several; alone/share; live/recording voicemail; day/night; weekend/weekday; fast/slow;
quick/slow wait; easy/hard class training; simple/complicated; offline/signal internet; work/crash freeze; run/freeze crash down;
safe/accident hurt injury; clean/dirty; open/closed dark shut; refund/keep credit coupon; back/keep; return/keep; full/part half;
nobody/everyone somebody; upfront/surprise hidden; transparent/hidden; fixed/rise raise; flat/extra; price/raise; automatic/manual hand;
automatically/hand; sync/type export hand; accurate/wrong off; exact/off wrong; fresh/old stale; happy/miserable quit; proud/ashamed;
love/hate dread; friendly/rude; kind/rude; polite/rude; inform/silence; update/silence; hear/silence; promise/break; guarantee/void;
insured/uninsured; licensed/unlicensed`)

func parseOpposites(list string) map[string][]string {
	m := map[string][]string{}
	for _, entry := range splitList(list) {
		left, right, _ := strings.Cut(entry, "/")
		for _, a := range splitWords(left) {
			for _, b := range splitWords(right) {
				a, b := lemma(a), lemma(b)
				m[a], m[b] = append(m[a], b), append(m[b], a)
			}
		}
	}
	return m
}

// opposed is a word whose presence speaks against a claim.
type opposed struct {
	lemma  string
	of     string // the claim's word, as written
	denied bool   // it stands under a negation there
}

// opposedBy lists the opposites of the words in tokens [from, to) of a sentence.
func opposedBy(s *sentence, from, to int) []opposed {
	var out []opposed
	for i := from; i < to; i++ {
		for _, l := range opposites[s.toks[i].lemma] {
			out = append(out, opposed{l, s.toks[i].word, s.denied(i, i+1)})
		}
	}
	return out
}

// opposes finds a word of a sentence that means the opposite of one of the
// claim, both under a negation or neither: its index and that among the
// claim's, -1 when there is none.
func (c *claim) opposes(s *sentence) (word, of int) {
	if len(c.opposed) == 0 {
		return -1, -1
	}
	for i := range s.toks {
		for k := range c.opposed {
			if o := &c.opposed[k]; o.lemma == s.toks[i].lemma && o.denied == s.denied(i, i+1) {
				return i, k
			}
		}
	}
	return -1, -1
}
