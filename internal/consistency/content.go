package consistency

import "slices"

// commonplace are the lemmas that name no subject in this trade.
var commonplace = lemmaSet(`we you people person company business team customer client user contractor partner work job
service product software app system platform day week month year time thing way lot make get give take want need
help use keep run know see come go look like good great best bad new every each all always never more less most
one two three four five six seven eight nine ten first last still just also really very year
call say tell ask think feel find start stop end show put set let try turn move pay price money
back own right well not no nothing never nobody everything everyone anyone someone something anything
here there where when how why what who which this that these those because so if but and or than then
can will would could should must may might do have be am year today tomorrow yesterday now ever only even much many
part place side line point place hour minute second home office staff crew employee built build`)

func lemmaSet(list string) map[string]bool {
	set := map[string]bool{}
	for w := range wordSet(list) {
		set[lemma(w)] = true
	}
	return set
}

// contentWords are the lemmas that say what a clause is about.
func contentWords(toks []token) map[string]bool {
	set := map[string]bool{}
	for _, t := range toks {
		if isContent(t) {
			set[t.lemma] = true
		}
	}
	return set
}

func isContent(t token) bool {
	return !t.punct && !t.filler && !commonplace[t.lemma] && len(t.word) > 2 && !negators[t.word] && smallNumbers[t.word] == 0 && (t.word[0] < '0' || t.word[0] > '9')
}

// topWords are the first words of content, as written but in lower case.
func topWords(toks []token, n int) []string {
	var out []string
	for _, t := range toks {
		if isContent(t) && len(out) < n {
			out = append(out, t.word)
		}
	}
	return out
}

// subject is what a claim is about: its words of content, and what they mean.
type subject struct {
	words    map[string]bool
	concepts map[int]bool
}

func (c *Catalogue) subjectOf(toks []token) subject {
	s := subject{contentWords(toks), map[int]bool{}}
	for _, t := range toks {
		if !isContent(t) {
			continue
		}
		for _, id := range c.concepts[t.lemma] {
			s.concepts[id] = true
		}
	}
	return s
}

// shared counts the words of a sentence that take up a claim's subject: its
// own words, or others that mean the same, each meaning once.
func (c *Catalogue) shared(s subject, toks []token) int {
	n := 0
	var met []string
	var groups []int
next:
	for _, t := range toks {
		if t.punct || t.filler {
			continue
		}
		ids := t.lex.concepts
		own := s.words[t.lemma]
		for _, id := range ids {
			own = own || s.concepts[id]
		}
		if !own || slices.Contains(met, t.lemma) {
			continue
		}
		met = append(met, t.lemma)
		for _, id := range ids {
			if slices.Contains(groups, id) {
				continue next
			}
		}
		groups = append(groups, ids...)
		n++
	}
	return n
}
