package consistency

import (
	"slices"
	"strings"
)

// claim is one promise of the CEO.
type claim struct {
	topic    int // -1: found in the text, not in the catalogue
	name     string
	value    int // +1 the good holds, -1 an honest admission
	explicit bool
	quant    *quantity // what is promised, when the topic is measured
	number   *quantity // any number in the clause
	doc      string
	quote    span
	text     string
	about    subject
	part     int // claims of one clause share it
	hard     bool
	covered  bool // another clause makes the same claim
}

// collectClaims reads the CEO's documents. Claims come in the order of the
// documents' IDs and of the words.
func collectClaims(cat *Catalogue, r *reader, docs []Document) []claim {
	var claims []claim
	part := 0
	for _, d := range docs {
		r.read(d, func(s *sentence) {
			if s.question || s.role == roleProspect || len(claims) >= maxClaims {
				return
			}
			for _, c := range claimClauses(s) {
				part++
				claims = appendClaims(claims, cat, s, c, d, part)
			}
		})
	}
	return claims
}

// maxClaims bounds the work on a CEO's text of any length.
const maxClaims = 200

// claimClauses are what a sentence claims one by one: its clauses, a condition
// together with what it is the condition of.
func claimClauses(s *sentence) []clause {
	var parts []clause
	condition := -1
	for _, c := range s.clauses {
		n := len(parts)
		switch {
		case c.from < c.to && conditionWords[s.toks[c.from].word] && n > 0:
			parts[n-1].to = c.to
		case c.from < c.to && conditionWords[s.toks[c.from].word]:
			condition = c.from
		case condition >= 0:
			parts = append(parts, clause{condition, c.to})
			condition = -1
		default:
			parts = append(parts, c)
		}
	}
	return parts
}

func appendClaims(claims []claim, cat *Catalogue, s *sentence, c clause, d Document, part int) []claim {
	sub := *s
	sub.hits = nil
	for _, h := range s.hits {
		if h.from >= c.from && h.to <= c.to {
			sub.hits = append(sub.hits, h)
		}
	}
	quote, ok := clauseSpan(s.toks, c)
	if !ok {
		return claims
	}
	content := contentWords(s.toks[c.from:c.to])
	base := claim{topic: -1, doc: d.ID, quote: quote, text: d.Text[quote.start:quote.end], about: cat.subjectOf(s.toks[c.from:c.to]), part: part}
	for i := range s.quants {
		if q := s.quants[i]; q.from >= c.from && q.to <= c.to && !q.loose {
			base.number = &q
			break
		}
	}
	found, taken, repeats := false, false, false
	var late []claim
	for _, rd := range readSentence(cat, &sub, nil) {
		cl := base
		t := &cat.topics[rd.topic]
		cl.topic, cl.name, cl.value, cl.explicit = rd.topic, t.Topic, rd.value, rd.explicit
		if t.measure != nil {
			cl.quant = nearest(t.measure, s, rd.from, c.from, c.to)
		}
		if cl.value < 0 && rd.explicit && rd.weight == 1 && !rd.turned {
			cl.value, cl.explicit = 0, false // one word only names the subject
		}
		if cl.value == 0 && cl.quant != nil {
			cl.value = 1
		}
		if cl.value == 0 {
			continue
		}
		cl.hard = cl.explicit || cl.quant != nil
		found = true
		if i := slices.IndexFunc(claims, func(o claim) bool { return o.topic == cl.topic }); i >= 0 {
			if !stronger(cl, claims[i]) {
				repeats = true
				continue
			}
			coverPart(claims, claims[i].part)
			claims = slices.Delete(claims, i, i+1)
		}
		if t.Last {
			late = append(late, cl)
			continue
		}
		claims = append(claims, cl)
		taken = true
	}
	if !taken {
		claims = append(claims, late...)
	}
	leaveNumber(claims, part)
	if repeats {
		coverPart(claims, part)
	}
	if !found && (len(content) >= 2 || len(content) == 1 && base.number != nil) {
		base.name = strings.Join(topWords(s.toks[c.from:c.to], 2), "_")
		base.value = 1
		base.hard = len(content) >= 2 && checkable(s, c)
		claims = append(claims, base)
	}
	return claims
}

// leaveNumber takes the number of a clause from its other claims when one of
// them is measured by it: the measure knows the direction.
func leaveNumber(claims []claim, part int) {
	for i := range claims {
		c := &claims[i]
		if c.part == part && c.quant == nil && c.number != nil && slices.ContainsFunc(claims, func(o claim) bool {
			return o.part == part && o.quant != nil && o.quant.from == c.number.from
		}) {
			c.number = nil
		}
	}
}

// coverPart marks the claims of a clause whose promise stands elsewhere too.
func coverPart(claims []claim, part int) {
	for i := range claims {
		if claims[i].part == part {
			claims[i].covered = true
		}
	}
}

// stronger says whether a claim replaces an earlier one on the same topic:
// only when it says a number or a cue where the other did not.
func stronger(a, b claim) bool {
	if a.explicit != b.explicit {
		return a.explicit
	}
	return a.quant != nil && b.quant == nil && a.value == b.value
}

// clauseSpan is the bytes of a clause without the words that tie it on.
func clauseSpan(toks []token, c clause) (span, bool) {
	from, to := c.from, c.to
	for from < to && (toks[from].punct && toks[from].word != "$" || toks[from].word == "and" || toks[from].word == "but" || toks[from].word == "so" || toks[from].word == "or") {
		from++
	}
	for to > from && toks[to-1].punct && toks[to-1].word != "%" {
		to--
	}
	if from == to {
		return span{}, false
	}
	return span{toks[from].start, toks[to-1].end}, true
}

var checkMarks = wordSet(`every each all only certified certificate award guarantee guaranteed licensed
insured independent first largest fastest carbon recycled donate percent neutral solar electric audited patented
inspected tested veteran`)

// checkable says whether a clause outside the catalogue can be proved wrong:
// it has a number or speaks of all or none.
func checkable(s *sentence, c clause) bool {
	for _, t := range s.toks[c.from:c.to] {
		if checkMarks[t.word] {
			return true
		}
	}
	for _, q := range s.quants {
		if q.from >= c.from && q.to <= c.to && !q.loose {
			return true
		}
	}
	return false
}
