package finetune

import (
	"regexp"
	"slices"
	"strings"
)

// people are the full names of persons who are known, by their first word in
// small letters. One word alone is no full name: too many are words of the
// language.
type people map[string][][]string

var nameWord = regexp.MustCompile(`\p{L}[\p{L}\p{N}'\x{2019}\-]*`)

func newPeople(names []string) people {
	p := people{}
	for _, name := range names {
		words := nameWord.FindAllString(strings.ToLower(name), -1)
		if len(words) > 1 {
			p[words[0]] = append(p[words[0]], words)
		}
	}
	for _, list := range p {
		slices.SortFunc(list, func(a, b []string) int { return len(b) - len(a) }) // the longest first
	}
	return p
}

// without returns a text without the names, and how many there were.
func (p people) without(s string) (string, int) {
	if len(p) == 0 {
		return s, 0
	}
	found := nameWord.FindAllStringIndex(s, -1)
	words := make([]string, len(found))
	for i, at := range found {
		words[i] = strings.ToLower(s[at[0]:at[1]])
	}
	var out strings.Builder
	from, n := 0, 0
	for i := 0; i < len(words); i++ {
		long := p.at(words[i:])
		if long == 0 || !joined(s, found[i:i+long]) {
			continue
		}
		out.WriteString(s[from:found[i][0]])
		out.WriteString("[name]")
		from = found[i+long-1][1]
		i += long - 1
		n++
	}
	if n == 0 {
		return s, 0
	}
	out.WriteString(s[from:])
	return out.String(), n
}

// at returns how many of the words are a name; 0: none.
func (p people) at(words []string) int {
	for _, name := range p[words[0]] {
		if len(name) > len(words) {
			continue
		}
		// A possessive is written in one word: Dana Whitfield's.
		last := len(name) - 1
		if slices.Equal(name[:last], words[:last]) && (words[last] == name[last] || strings.TrimSuffix(strings.TrimSuffix(words[last], "'s"), "’s") == name[last]) {
			return len(name)
		}
	}
	return 0
}

// joined reports whether nothing but space and dots is between the words.
func joined(s string, found [][]int) bool {
	for i := 1; i < len(found); i++ {
		if strings.Trim(s[found[i-1][1]:found[i][0]], " .\t\n") != "" {
			return false
		}
	}
	return true
}
