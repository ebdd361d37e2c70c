package consistency

import "fmt"

// moods is the lexicon of praise and blame: a phrase's first lemma leads to
// the phrases that begin with it.
type moods map[string][]moodEntry

type moodEntry struct {
	rest  []string
	value int
}

func newMoods(classes map[string][]string) (moods, error) {
	m := moods{}
	for _, list := range []struct {
		name  string
		value int
	}{{"praise", 1}, {"blame", -1}} {
		words, err := expand("@"+list.name, classes, 0)
		if err != nil {
			return nil, fmt.Errorf("read topic catalogue: %w", err)
		}
		for _, w := range words {
			var ls []string
			for _, t := range appendTokens(nil, phraseText(w), 0) {
				ls = append(ls, t.lemma)
			}
			m[ls[0]] = append(m[ls[0]], moodEntry{ls[1:], list.value})
		}
	}
	return m, nil
}

// moodOf returns the mood of the tokens of s in [from, to): the sum of praise
// (+1) and blame (-1), each turned by the negations over it.
func (s *sentence) moodOf(from, to int) int {
	total := 0
	for i := from; i < to; {
		best, length := 0, 0
	next:
		for _, e := range s.toks[i].lex.moods {
			if len(e.rest) < length || i+1+len(e.rest) > to {
				continue
			}
			for k, l := range e.rest {
				if s.toks[i+1+k].lemma != l {
					continue next
				}
			}
			best, length = e.value, len(e.rest)+1
		}
		if length == 0 {
			i++
			continue
		}
		if odd(s.negs, i, i+length, func(at int) bool { return at >= i && at < i+length }) {
			best = -best
		}
		total += best
		i += length
	}
	return total
}
