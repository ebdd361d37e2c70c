package transcript

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// noSpeakers are words that stand before a colon and speak for nobody.
var noSpeakers = strings.Fields(`note notes example examples ps p.s. re fyi nb warning tip tips important question answer subject
date time title topic agenda summary attendees participants transcript recording duration source file url http https mailto`)

const mostLabel = 48 // bytes of the longest label

// cutLabel cuts the name of a speaker off a line: one to five words that
// start with a capital letter or a digit, a colon, and a space or the end of
// the line. What stands in brackets after the name is part of it.
func cutLabel(line string) (name, rest string, ok bool) {
	colon := strings.IndexByte(line, ':')
	if colon < 1 || colon > mostLabel {
		return "", line, false
	}
	name, rest = strings.TrimSpace(line[:colon]), line[colon+1:]
	if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", line, false
	}
	bare := name
	if i := strings.IndexAny(name, "(["); i > 0 {
		bare = strings.TrimSpace(name[:i])
	}
	words := strings.Fields(bare)
	if len(words) < 1 || len(words) > 5 || slices.Contains(noSpeakers, strings.ToLower(words[0])) {
		return "", line, false
	}
	if first, _ := utf8.DecodeRuneInString(bare); !unicode.IsUpper(first) && !unicode.IsDigit(first) && unicode.IsLower(first) {
		return "", line, false
	}
	letters := false
	for _, r := range bare {
		letters = letters || unicode.IsLetter(r)
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(" \t.'\u2019-_&/#", r) {
			return "", line, false
		}
	}
	if !letters || strings.Contains(strings.TrimRight(bare, "."), ". ") && len(words) > 3 {
		return "", line, false
	}
	return oneLine(name), strings.TrimSpace(rest), true
}

// leadingClock matches a time at the start of a line of plain text, in
// brackets or not: [00:01:02] (1:02) 00:01:02.5
var leadingClock = regexp.MustCompile(`^[\[(]?((?:\d{1,4}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)[\])]?(?:\s*-\s*)?(?:\s+|$)`)

// trailingClock matches a time at the end of a label: Dana (0:12), or of a
// line that is only a name and a time: Dana  0:12
var trailingClock = regexp.MustCompile(`^(.*?)\s*[\[(]?((?:\d{1,4}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)[\])]?$`)

// headTime is a time that a line of plain text starts with.
type headTime struct {
	at time.Duration
	ok bool
}

// plain reads lines such as "Dana: text". A line without a label goes on with
// the turn before it. A time may stand before the label, behind the name, or
// on a line of its own with the name.
func (p *parser) plain() []Turn {
	var turns []Turn
	for i, line := range p.lines {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		at, name, rest, labelled := cutHead(line)
		if !labelled && !at.ok {
			if len(turns) == 0 {
				turns = append(turns, Turn{})
			}
			last := &turns[len(turns)-1]
			last.Text = strings.TrimSpace(last.Text + " " + oneLine(rest))
			continue
		}
		n := len(turns) - 1
		if !labelled && n >= 0 {
			name = turns[n].Speaker
		}
		if n >= 0 && turns[n].Speaker == name && (name != "" || !at.ok) {
			turns[n].Text = strings.TrimSpace(turns[n].Text + " " + oneLine(rest))
			continue
		}
		if at.ok && n >= 0 && turns[n].Timed && at.at < turns[n].Start {
			p.note(i+1, "the time is before the one of the turn above")
		}
		turns = append(turns, Turn{Speaker: name, Start: at.at, Timed: at.ok, Text: oneLine(rest)})
	}
	turns = slices.DeleteFunc(turns, func(t Turn) bool { return t.Text == "" })
	return endTurns(turns)
}

// endTurns lets each timed turn end where the next timed one starts. The last
// one ends where it starts: the file does not say more.
func endTurns(turns []Turn) []Turn {
	for i := range turns {
		turns[i].End = turns[i].Start
		if i+1 < len(turns) && turns[i].Timed && turns[i+1].Timed {
			turns[i].End = max(turns[i].Start, turns[i+1].Start)
		}
	}
	return turns
}

// cutHead takes the time and the name off the start of a line.
func cutHead(line string) (at headTime, name, rest string, labelled bool) {
	rest = line
	if m := leadingClock.FindStringSubmatchIndex(line); m != nil {
		if at.at, at.ok = parseClock(line[m[2]:m[3]]); at.ok {
			rest = line[m[1]:]
		}
	}
	if name, after, ok := cutLabel(rest); ok {
		if m := trailingClock.FindStringSubmatch(name); m != nil && !at.ok {
			if t, ok := parseClock(m[2]); ok {
				return headTime{t, true}, oneLine(m[1]), after, true
			}
		}
		return at, name, after, true
	}
	if at.ok {
		return at, "", rest, false
	}
	// "Dana (0:12): text" has a colon in its brackets; "Dana  0:12" is all.
	if i := strings.IndexAny(rest, ")]"); i > 0 && i+1 < len(rest) && rest[i+1] == ':' {
		if name, t, ok := nameAndTime(rest[:i+1]); ok {
			return headTime{t, true}, name, strings.TrimSpace(rest[i+2:]), true
		}
	}
	if name, t, ok := nameAndTime(rest); ok {
		return headTime{t, true}, name, "", true
	}
	return at, "", rest, false
}

// nameAndTime reads "Dana (0:12)" or "Dana  0:12".
func nameAndTime(s string) (string, time.Duration, bool) {
	m := trailingClock.FindStringSubmatch(s)
	if m == nil || m[1] == "" {
		return "", 0, false
	}
	t, ok := parseClock(m[2])
	name, _, labelled := cutLabel(m[1] + ":")
	return name, t, ok && labelled
}
