package transcript

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// cue is a stretch of a timed transcript, as the file has it.
type cue struct {
	line       int // of its timing
	start, end time.Duration
	body       []string
}

// timing is a line such as "00:01:02.500 --> 00:01:04.000 align:start".
type timing struct {
	start, end time.Duration
	fault      string // why the times cannot be read; empty when they can
}

// parseTiming reads a line that has an arrow; ok is false for any other.
func parseTiming(line string) (t timing, ok bool) {
	before, after, ok := strings.Cut(line, "-->")
	if !ok {
		return t, false
	}
	fields := strings.Fields(after)
	if len(fields) == 0 {
		t.fault = "the end time is missing"
		return t, true
	}
	if t.start, ok = parseClock(strings.TrimSpace(before)); !ok {
		t.fault = "the start time " + strconv.Quote(cut(strings.TrimSpace(before))) + " is not of the form 00:01:02.500"
		return t, true
	}
	if t.end, ok = parseClock(fields[0]); !ok {
		t.fault = "the end time " + strconv.Quote(cut(fields[0])) + " is not of the form 00:01:02.500"
	}
	return t, true
}

func cut(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "..."
	}
	return s
}

// parseClock reads [hours:]minutes:seconds[.fraction]. The fraction has one
// to three digits after a point or a comma.
func parseClock(s string) (time.Duration, bool) {
	whole, fraction := s, ""
	if i := strings.IndexAny(s, ".,"); i >= 0 {
		whole, fraction = s[:i], s[i+1:]
		if len(fraction) < 1 || len(fraction) > 3 {
			return 0, false
		}
	}
	parts := strings.Split(whole, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	var total time.Duration
	for i, part := range parts {
		n, ok := digits(part, 1, 2)
		switch {
		case i == 0 && len(parts) == 3:
			n, ok = digits(part, 1, 4)
		case i > 0 && len(part) != 2:
			ok = false
		}
		if !ok || (i > 0 || len(parts) == 2) && n > 59 {
			return 0, false
		}
		total = total*60 + time.Duration(n)*time.Second
	}
	if fraction != "" {
		n, ok := digits(fraction, 1, 3)
		if !ok {
			return 0, false
		}
		for range 3 - len(fraction) {
			n *= 10
		}
		total += time.Duration(n) * time.Millisecond
	}
	return total, true
}

func digits(s string, least, most int) (int, bool) {
	if len(s) < least || len(s) > most {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// newCue makes a cue from its timing line, or notes why there is none.
func (p *parser) newCue(line int, t timing) (cue, bool) {
	if t.fault != "" {
		p.fault(line, "%s", t.fault)
		return cue{}, false
	}
	if t.end < t.start {
		p.note(line, "the cue ends before it starts: its end is taken to be its start")
		t.end = t.start
	}
	return cue{line: line, start: t.start, end: t.end}, true
}

// webVTT reads the cues of a WebVTT file (W3C WebVTT, 4.1): a header, then
// blocks with empty lines between. NOTE, STYLE and REGION blocks are left
// out, and so are the cues' settings.
func (p *parser) webVTT() []cue {
	var cues []cue
	at := 0
	for at < len(p.lines) && strings.TrimSpace(p.lines[at]) == "" {
		at++
	}
	for at++; at < len(p.lines) && strings.TrimSpace(p.lines[at]) != ""; at++ {
		if strings.Contains(p.lines[at], "-->") {
			p.note(at+1, "no empty line stands between the header and the first cue")
			break
		}
	}
	for at < len(p.lines) {
		line := p.lines[at]
		switch {
		case strings.TrimSpace(line) == "":
			at++
			continue
		case startsWord([]byte(line), "NOTE"), startsWord([]byte(line), "STYLE"), startsWord([]byte(line), "REGION"):
			for at < len(p.lines) && strings.TrimSpace(p.lines[at]) != "" {
				at++
			}
			continue
		}
		first := at
		t, ok := parseTiming(p.lines[at])
		if !ok && at+1 < len(p.lines) { // the line before the timing is the cue's name
			at++
			t, ok = parseTiming(p.lines[at])
		}
		if !ok {
			at = first
			for at < len(p.lines) && strings.TrimSpace(p.lines[at]) != "" {
				at++
			}
			p.note(first+1, "a block without a time is left out: %s", strconv.Quote(cut(line)))
			continue
		}
		c, ok := p.newCue(at+1, t)
		for at++; at < len(p.lines) && strings.TrimSpace(p.lines[at]) != "" && !strings.Contains(p.lines[at], "-->"); at++ {
			c.body = append(c.body, p.lines[at])
		}
		if ok {
			cues = append(cues, c)
		}
	}
	return cues
}

// subRip reads the cues of a SubRip file: a number, a timing, lines of text.
// The number may be missing, and an empty line may stand inside the text.
func (p *parser) subRip() []cue {
	var cues []cue
	open := false // the last cue of cues takes the lines
	for i, line := range p.lines {
		t, ok := parseTiming(line)
		if ok {
			var c cue
			if c, open = p.newCue(i+1, t); open {
				cues = append(cues, c)
			}
			continue
		}
		if p.numbers(i) || strings.TrimSpace(line) == "" {
			continue
		}
		if open {
			last := &cues[len(cues)-1]
			last.body = append(last.body, line)
		} else if len(p.faults) == 0 {
			p.note(i+1, "text before the first time is left out: %s", strconv.Quote(cut(line)))
		}
	}
	return cues
}

// numbers reports whether line i is the number above a timing.
func (p *parser) numbers(i int) bool {
	if _, ok := digits(strings.TrimSpace(p.lines[i]), 1, 9); !ok || i+1 >= len(p.lines) {
		return false
	}
	_, ok := parseTiming(p.lines[i+1])
	return ok
}

// pause is the silence that ends a turn of somebody without a name.
const pause = 2 * time.Second

// joinCues makes turns of cues. Cues may overlap and need no order. A cue
// that names nobody goes on with the speaker before it; when the file has
// named nobody yet, a pause of two seconds ends a turn.
func (p *parser) joinCues(cues []cue) []Turn {
	slices.SortStableFunc(cues, func(a, b cue) int { return int(min(max(a.start-b.start, -1), 1)) })
	var turns []Turn
	speaker := ""
	var before cue
	for _, c := range cues {
		body := c.body
		if n := repeated(before, c); n > 0 {
			body = body[n:]
		}
		before = c
		for _, part := range splitVoices(body) {
			if part.changed {
				speaker = part.speaker
			}
			if part.text == "" {
				continue
			}
			if n := len(turns) - 1; n >= 0 && turns[n].Speaker == speaker && !part.another && (speaker != "" || c.start-turns[n].End < pause) {
				turns[n].Text += " " + part.text
				turns[n].End = max(turns[n].End, c.end)
				continue
			}
			turns = append(turns, Turn{Speaker: speaker, Start: c.start, End: c.end, Timed: true, Text: part.text})
		}
	}
	return turns
}

// repeated counts the lines at the beginning of c that the cue before it has
// shown already. Captions that roll up show each line twice: the new cue
// overlaps the old one or has a line more.
func repeated(before, c cue) int {
	if c.start > before.end || len(c.body) < 2 && c.start >= before.end {
		return 0
	}
	for n := min(len(before.body), len(c.body)); n > 0; n-- {
		if slices.Equal(before.body[len(before.body)-n:], c.body[:n]) {
			return n
		}
	}
	return 0
}
