package consistency

import "strings"

// splitList cuts a list at semicolons and drops what is empty.
func splitList(list string) []string {
	var out []string
	for p := range strings.SplitSeq(list, ";") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func splitWords(s string) []string { return strings.Fields(s) }
