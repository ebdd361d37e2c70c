package transcript

import (
	"html"
	"regexp"
	"strings"
)

// part is what one voice says in a cue.
type part struct {
	speaker string
	changed bool // the cue says who speaks from here on
	another bool // somebody else speaks from here on, whoever it is
	text    string
}

// tag matches a tag of WebVTT or SubRip that has no meaning here, and the
// override codes that some editors put into SubRip ({\an8}).
var tag = regexp.MustCompile(`</?[A-Za-z][^<>]*>|<[0-9:.]+>|\{\\[^{}]*\}`)

// voice matches the start of a voice span: <v Name>, <v.loud Name>.
var voice = regexp.MustCompile(`<v(?:\.[^ \t<>]*)?(?:[ \t]+([^<>]*))?>`)

// splitVoices cuts the lines of a cue at voice tags, at labels ("Dana: ..."),
// at ">>", and at dashes when two lines start with one.
func splitVoices(lines []string) []part {
	dashes := 0
	for _, line := range lines {
		if isDash(line) {
			dashes++
		}
	}
	var parts []part
	add := func(p part) {
		p.text = oneLine(html.UnescapeString(tag.ReplaceAllString(p.text, "")))
		p.speaker = oneLine(html.UnescapeString(p.speaker))
		if n := len(parts) - 1; n >= 0 && !p.changed && !p.another && p.text != "" {
			parts[n].text = strings.TrimSpace(parts[n].text + " " + p.text)
			return
		}
		if p.changed || p.another || p.text != "" {
			parts = append(parts, p)
		}
	}
	for _, line := range lines {
		at := 0
		now := part{}
		for _, m := range voice.FindAllStringSubmatchIndex(line, -1) {
			now.text = line[at:m[0]]
			add(now)
			at = m[1]
			now = part{changed: true}
			if m[2] >= 0 {
				now.speaker = line[m[2]:m[3]]
			}
		}
		rest := line[at:]
		if !now.changed {
			bare := strings.TrimSpace(tag.ReplaceAllString(rest, ""))
			if after, ok := cutMark(bare, ">>", "&gt;&gt;"); ok {
				now = part{changed: true, another: true}
				rest, bare = after, after
			} else if dashes > 1 && isDash(bare) {
				now = part{changed: true, another: true}
				_, after, _ := strings.Cut(bare, "-")
				rest, bare = after, strings.TrimSpace(after)
			}
			if name, after, ok := cutLabel(html.UnescapeString(bare)); ok {
				now = part{changed: true, speaker: name}
				rest = html.EscapeString(after) // add takes the entities out again
			}
		}
		now.text = rest
		add(now)
	}
	return parts
}

// cutMark cuts one of the marks of a change of speaker off.
func cutMark(s string, marks ...string) (string, bool) {
	for _, m := range marks {
		if rest, ok := strings.CutPrefix(s, m); ok {
			return strings.TrimSpace(strings.TrimLeft(rest, ">")), true
		}
	}
	return s, false
}

func isDash(line string) bool {
	line = strings.TrimSpace(tag.ReplaceAllString(line, ""))
	return len(line) > 1 && line[0] == '-' && line[1] != '-'
}

// oneLine puts single spaces between the words.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
