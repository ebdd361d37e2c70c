package consistency

// clause is a range of tokens of a sentence; to is exclusive.
type clause struct{ from, to int }

var clauseWords = wordSet(`but however although though yet while whereas except because unless until despite when whenever which if`)

var clauseSubjects = wordSet(`i we you he she they it there our my your the nobody everyone everybody somebody no not never nothing
this that these those then every each all is are was their his her its people clients customers support setup`)

// listItem is the length in tokens under which a clause after a comma belongs
// to the one before: "nights, weekends and holidays" is one list.
const listItem = 3

// splitClauses cuts a sentence at its marks, at contrast and subordinating
// words, and at an "and" that begins a statement of its own. dst is empty.
func splitClauses(dst []clause, toks []token) []clause {
	from := 0
	cut := func(at, next int) {
		if n := len(dst); n > 0 && at > from && at-from < listItem && dst[n-1].to < from && dst[n-1].to-dst[n-1].from > 1 &&
			toks[from-1].word == "," && toks[from].is&isSubject == 0 {
			dst[n-1].to = at
		} else if at > from {
			dst = append(dst, clause{from, at})
		}
		from = next
	}
	for i := range toks {
		t := &toks[i]
		if t.is&endsClause == 0 {
			continue
		}
		stated := i+1 < len(toks) && toks[i+1].is&isSubject != 0
		switch {
		case t.punct && t.is&isBreak != 0:
			cut(i, i+1)
		case clauseWords[t.word]:
			cut(i, i)
		case (t.word == "since" || t.word == "once") && stated:
			cut(i, i)
		case (t.word == "and" || t.word == "so" || t.word == "or") && stated:
			cut(i, i+1)
		}
	}
	cut(len(toks), len(toks))
	return dst
}

func breaks(mark string) bool {
	switch mark {
	case ",", ";", ":", "—", "–", "(", ")", "…", ".", "!", "?":
		return true
	}
	return false
}

// clauseAt returns the clause of token i, or the whole sentence.
func clauseAt(clauses []clause, n, i int) clause {
	for _, c := range clauses {
		if i >= c.from && i < c.to {
			return c
		}
	}
	return clause{0, n}
}

var conditionWords = wordSet(`if when whenever unless once`)

// conditional says whether a cue stands wholly in a clause that only sets a
// condition: "when a number is off" does not say that numbers are off.
func (s *sentence) conditional(h hit) bool {
	c := clauseAt(s.clauses, len(s.toks), h.from)
	if h.to > c.to || len(s.clauses) < 2 {
		return false
	}
	for i := c.from; i < c.to && i < c.from+2; i++ {
		if conditionWords[s.toks[i].word] {
			return i < h.from || i == h.from && h.to > i+1
		}
	}
	return false
}
