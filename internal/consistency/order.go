package consistency

import (
	"slices"
	"strings"
)

// What begins a sentence that speaks to a program which reads the text: a
// request to forget its rules, or the name of a part in a talk with a model.
var (
	orderVerbs   = wordSet(`ignore disregard forget override`)
	orderObjects = wordSet(`all any every everything previous prior earlier above the your these those`)
	orderRoles   = wordSet(`system assistant user developer`)
	orderPhrases = parsePhrases(`admin mode; developer mode; debug mode; system prompt`)
	orderNouns   = wordSet(`instructions instruction rules prompt prompts context message messages above previous everything`)
)

// orders says whether a sentence gives orders to a program instead of telling
// something of the partner: a member of JSON, a closing tag that is none of
// HTML, or words as above. Nobody's position hangs on it.
func (s *sentence) orders(text string) bool {
	body := text[s.start:s.end]
	if strings.ContainsAny(body, "{}") && strings.Contains(body, ":") && strings.Contains(body, `"`) || strings.Contains(body, "</") {
		return true
	}
	toks := s.toks
	for i := range toks {
		if phraseAt(orderPhrases, toks, i) > 0 {
			return true
		}
	}
	if len(toks) > 0 && toks[0].word == "please" {
		toks = toks[1:]
	}
	if len(toks) < 2 {
		return false
	}
	forget := orderVerbs[toks[0].word] && orderObjects[toks[1].word] &&
		slices.ContainsFunc(toks[1:], func(t token) bool { return orderNouns[t.word] })
	return forget || orderRoles[toks[0].word] && toks[1].word == ":"
}

// told leaves out the sentences of a document that are orders, and counts them,
// and what claims nothing by its form where the CEO writes.
func (r *reader) told(d Document, each func(*sentence)) func(*sentence) {
	n, signed := 0, false
	return func(s *sentence) {
		switch {
		case s.orders(d.Text):
			n++
			r.orders[d.ID] = n
		case d.Group == CEO && s.formal(d.Text):
			signed = signed || s.signs(d.Text)
		case signed && len(s.toks) <= manners && len(s.quants) == 0: // a name, an office
		default:
			each(s)
		}
	}
}
