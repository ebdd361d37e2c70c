package consistency

import "strings"

// role says who speaks in a document.
type role uint8

const (
	roleAuthor   role = iota // the person whose document it is, or the vendor in a demo
	roleProspect             // the other side of a demo: asks, and claims nothing for the vendor
)

// turn is what one speaker says at a stretch.
type turn struct {
	span
	role role
}

var vendorLabels = wordSet(`rep reps sales salesperson salesman saleswoman seller agent ae sdr presenter host vendor
consultant company account executive representative advisor specialist demo trainer us we me engineer`)

var prospectLabels = wordSet(`prospect customer client buyer contractor owner lead guest homeowner caller visitor
attendee user them builder roofer plumber`)

// splitTurns cuts a demo transcript at its speaker labels ("Rep:",
// "Prospect:", "Dana (sales):"). A text without labels is one turn of the
// vendor. A name that is no role counts as the vendor when it speaks first.
func splitTurns(text string) []turn {
	type label struct {
		start, end int // of the label itself
		name       string
	}
	var labels []label
	counts := map[string]int{}
	for at := 0; ; {
		colon := strings.IndexByte(text[at:], ':')
		if colon < 0 {
			break
		}
		colon += at
		at = colon + 1
		start, ok := labelStart(text, colon)
		if !ok {
			continue
		}
		name := strings.ToLower(text[start:colon])
		labels = append(labels, label{start, colon + 1, name})
		counts[name]++
	}
	known := map[string]role{}
	vendorNamed := false
	for name := range counts {
		if r, ok := labelRole(name); ok {
			known[name] = r
			vendorNamed = vendorNamed || r == roleAuthor
		}
	}
	var turns []turn
	begin, who := 0, roleAuthor
	for _, l := range labels {
		r, ok := known[l.name]
		if !ok {
			if counts[l.name] < 2 && len(counts) > 2 {
				continue // "Note: ..." inside somebody's words
			}
			r = roleProspect
			if !vendorNamed {
				r, vendorNamed = roleAuthor, true
			}
			known[l.name] = r
		}
		if l.start > begin {
			turns = append(turns, turn{span{begin, l.start}, who})
		}
		begin, who = l.end, r
	}
	return append(turns, turn{span{begin, len(text)}, who})
}

// labelStart finds where the speaker label that ends at colon begins: one to
// three words, the first with a capital, at a line's or a sentence's start.
func labelStart(text string, colon int) (int, bool) {
	start := colon
	for spaces := 0; start > 0 && colon-start < 40; start-- {
		c := text[start-1]
		if c == ' ' {
			if spaces++; spaces > 2 {
				break
			}
			if start > 1 && strings.IndexByte(".!?…\"]", text[start-2]) >= 0 {
				break
			}
			continue
		}
		if strings.IndexByte("\n\r.!?,;:\"]", c) >= 0 {
			break
		}
	}
	for start < colon && (text[start] == ' ' || text[start] == '*') {
		start++
	}
	if start == colon || text[start] < 'A' || text[start] > 'Z' {
		return 0, false
	}
	before := strings.TrimRight(text[:start], " *")
	if before == "" {
		return start, true
	}
	return start, strings.IndexByte("\n\r.!?\"]…", before[len(before)-1]) >= 0 || strings.HasSuffix(before, "…")
}

func labelRole(name string) (role, bool) {
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if prospectLabels[w] {
			return roleProspect, true
		}
		if vendorLabels[w] {
			return roleAuthor, true
		}
	}
	return roleAuthor, false
}
