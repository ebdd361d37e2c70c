package consistency

import (
	"strconv"
	"strings"
)

var smallNumbers = map[string]float64{
	"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
	"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
	"seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
	"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}

var bigNumbers = map[string]float64{
	"hundred": 100, "hundreds": 100, "thousand": 1e3, "thousands": 1e3, "grand": 1e3, "million": 1e6, "billion": 1e9,
	"k": 1e3, "dozen": 12, "score": 20,
}

var ordinals = map[string]float64{
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
	"twice": 2, "double": 2, "once": 1, "thrice": 3,
}

// number is a spoken or written number: a range when lo and hi differ.
type number struct {
	lo, hi float64
	next   int  // first token after it
	loose  bool // "a few": not said exactly
	words  bool // made of an article alone: "a", "an"
}

// parseNumber reads the number that begins at token i.
func parseNumber(toks []token, i int) (number, bool) {
	n, ok := parseSimple(toks, i)
	if !ok {
		return n, false
	}
	// "two to three", "two or three", "2-3", "between two and three"
	if j := n.next; !n.words && j+1 < len(toks) {
		switch toks[j].word {
		case ",": // "seven, eight trucks"
			m, ok := parseSimple(toks, j+1)
			if ok && !n.loose && !m.words && m.lo > n.lo && n.lo >= 2 && m.lo-n.lo <= max(1, float64(n.lo/4)) && m.next < len(toks) && !toks[m.next].punct {
				return number{lo: n.lo, hi: m.hi, next: m.next}, true
			}
		case "to", "or", "-", "–", "—", "and":
			between := i > 0 && toks[i-1].word == "between"
			if toks[j].word == "and" && !between {
				break
			}
			if m, ok := parseSimple(toks, j+1); ok && !m.words && m.hi > n.lo && m.hi <= float64(n.lo*20)+20 {
				if toks[j].word == "-" && n.hi >= 20 && n.hi < 100 && m.hi < 10 { // thirty-five
					break
				}
				return number{lo: n.lo, hi: m.hi, next: m.next}, true
			}
		}
	}
	return n, true
}

func parseSimple(toks []token, i int) (number, bool) {
	if i >= len(toks) {
		return number{}, false
	}
	w := toks[i].word
	if v, suffixed, ok := parseDigits(w); ok {
		j := i + 1
		if !suffixed && j < len(toks) && bigNumbers[toks[j].word] > 0 && toks[j].start-toks[i].end <= 1 {
			v *= bigNumbers[toks[j].word]
			j++
		}
		if j+2 < len(toks) && toks[j].word == "and" && toks[j+1].word == "a" && toks[j+2].word == "half" {
			v += 0.5
			j += 3
		}
		return number{lo: v, hi: v, next: j}, true
	}
	at := func(k int) string { return wordAt(toks, k) }
	switch w {
	case "a", "an":
		switch at(i + 1) {
		case "couple":
			return pair(toks, i+2), true
		case "few", "handful":
			return number{lo: 3, hi: 5, next: skipOf(toks, i+2), loose: true}, true
		case "dozen", "hundred", "thousand", "million", "grand":
			if n, ok := parseWords(toks, i+1); ok {
				return n, true // "a hundred fifty"
			}
			v := bigNumbers[at(i+1)]
			return number{lo: v, hi: v, next: i + 2}, true
		case "half":
			return number{lo: 0.5, hi: 0.5, next: i + 2}, true
		case "quarter":
			if at(i+2) == "of" || at(i+2) == "hour" {
				return number{lo: 0.25, hi: 0.25, next: skipOf(toks, i+2)}, true
			}
		case "single":
			return number{lo: 1, hi: 1, next: i + 2}, true
		}
		return number{lo: 1, hi: 1, next: i + 1, words: true}, true
	case "couple":
		return pair(toks, i+1), true
	case "few":
		return number{lo: 3, hi: 5, next: i + 1, loose: true}, true
	case "several":
		return number{lo: 3, hi: 7, next: i + 1, loose: true}, true
	case "dozens":
		return number{lo: 24, hi: 60, next: skipOf(toks, i+1), loose: true}, true
	case "half":
		j := i + 1
		if at(j) == "a" || at(j) == "an" {
			j++
		}
		if v := bigNumbers[at(j)]; v > 0 { // "half a million"
			return number{lo: v / 2, hi: v / 2, next: j + 1}, true
		}
		return number{lo: 0.5, hi: 0.5, next: j}, true
	}
	return parseWords(toks, i)
}

// priceAfter stands behind a price.
var priceAfter = wordSet(`a an per every each flat dollars bucks quid /`)

// spokenPrice reads "two ninety-five", a price that is said without its
// hundred, at token i.
func spokenPrice(toks []token, i int) (number, bool) {
	hundreds := smallNumbers[wordAt(toks, i)]
	j := i + 1
	if wordAt(toks, j) == "-" {
		j++
	}
	rest := smallNumbers[wordAt(toks, j)]
	if hundreds < 1 || hundreds > 19 || rest < 10 {
		return number{}, false
	}
	j++
	if one := smallNumbers[wordAt(toks, j+1)]; rest >= 20 && wordAt(toks, j) == "-" && one > 0 && one < 10 {
		rest, j = rest+one, j+2
	}
	if j < len(toks) && !priceAfter[toks[j].word] && (!toks[j].punct || toks[j].word == "-" || !speaksOfPrice(toks)) ||
		j == len(toks) && !speaksOfPrice(toks) {
		return number{}, false
	}
	return number{lo: 100*hundreds + rest, hi: 100*hundreds + rest, next: j}, true
}

// parseWords reads "twelve hundred", "thirty-five", "two and a half".
func parseWords(toks []token, i int) (number, bool) {
	if n, ok := spokenPrice(toks, i); ok {
		return n, true
	}
	total, current := 0.0, 0.0
	j, seen := i, false
	for j < len(toks) {
		w := toks[j].word
		if v, ok := smallNumbers[w]; ok {
			if seen && current > 0 && (v >= 10 && int(current)%100 != 0 || v < 10 && int(current)%10 != 0) {
				break
			}
			current += v
		} else if v := bigNumbers[w]; v > 0 && seen && w != "k" {
			if v == 100 || v == 12 || v == 20 {
				current *= v
			} else {
				total += float64(max(current, 1) * v)
				current = 0
			}
		} else if v > 0 && !seen && w != "k" && w != "score" && w != "grand" {
			current = v
		} else if seen && w == "-" && j+1 < len(toks) && smallNumbers[toks[j+1].word] > 0 && int(current)%100 >= 20 && smallNumbers[toks[j+1].word] < 10 {
			// the hyphen of thirty-five
		} else if seen && w == "and" && j+1 < len(toks) && current >= 100 && smallNumbers[toks[j+1].word] > 0 {
			// "a hundred and fifty"
		} else {
			break
		}
		seen = true
		j++
	}
	if !seen {
		return number{}, false
	}
	v := total + current
	if j+2 < len(toks) && toks[j].word == "and" && toks[j+1].word == "a" && (toks[j+2].word == "half" || toks[j+2].word == "quarter") {
		v += map[string]float64{"half": 0.5, "quarter": 0.25}[toks[j+2].word]
		j += 3
		if b := bigNumbers[wordAt(toks, j)]; b > 0 { // "two and a half thousand"
			v *= b
			j++
		}
	}
	return number{lo: v, hi: v, next: j}, true
}

// pair is what "a couple" in front of token i counts.
func pair(toks []token, i int) number {
	if v := bigNumbers[wordAt(toks, i)]; v >= 100 {
		return number{lo: 2 * v, hi: 2 * v, next: skipOf(toks, i+1), loose: true} // "a couple thousand"
	}
	return number{lo: 2, hi: 2, next: skipOf(toks, i), loose: true}
}

func skipOf(toks []token, i int) int {
	if i < len(toks) && toks[i].word == "of" {
		return i + 1
	}
	return i
}

// parseDigits reads "1,500", "2.5", "5k", "3x", "$40" without its sign.
func parseDigits(w string) (value float64, suffixed, ok bool) {
	if w == "" || w[0] < '0' || w[0] > '9' {
		return 0, false, false
	}
	scale := 1.0
	body := strings.ReplaceAll(w, ",", "")
	switch last := body[len(body)-1]; last {
	case 'k':
		scale, suffixed = 1e3, true
	case 'm':
		scale, suffixed = 1e6, true
	}
	if suffixed {
		body = body[:len(body)-1]
	}
	for _, ending := range []string{"st", "nd", "rd", "th", "x", "+", "d", "h"} {
		if cut, found := strings.CutSuffix(body, ending); found {
			body = cut
			break
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(body, "."), 64)
	return v * scale, suffixed, err == nil && v < 1e12
}
