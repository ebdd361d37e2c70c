package consistency

import "strings"

// irregular maps inflected forms to the form that lemma works on. Rules cover
// the regular ones.
var irregular = parseIrregular(`
be: am is are was were been being 's 're 'm
have: has had having 've
do: does did done doing
go: goes went gone going
get: gets got gotten getting
sell: sold selling sells
buy: bought
pay: paid
say: said says
tell: told
leave: left leaves leaving
lose: lost losing
keep: kept
build: built
send: sent
spend: spent
make: made making
take: took taken taking
give: gave given giving
find: found
know: knew known
see: saw seen
come: came coming
become: became
run: ran running
write: wrote written writing
hear: heard
break: broke broken
speak: spoke spoken
choose: chose chosen
drive: drove driven driving
rise: rose risen
fall: fell fallen
grow: grew grown
blow: blew blown
throw: threw thrown
show: showed shown
hide: hid hidden hiding
hold: held
feel: felt
mean: meant
meet: met
sit: sat sitting
stand: stood
stick: stuck
teach: taught
think: thought
catch: caught
bring: brought
win: won winning
begin: began begun
ring: rang rung
sleep: slept
deal: dealt
lead: led
fight: fought
swear: swore sworn
steal: stole stolen
wear: wore worn
freeze: froze frozen freezing
forget: forgot forgotten
bite: bit bitten
hang: hung
lay: laid
lie: lied lying
slip: slipped slipping
agree: agreed agrees agreeing
quit: quits quitting
man: men
woman: women
person: people persons
child: children
foot: feet
staff: staffers staffer
company: companies co
bad: worse worst
good: better best
many: lots loads dozens tons
cannot: can't
business: businesses
guy: guys folks folk
`)

// sameForm are words that only look inflected.
var sameForm = wordSet(`yours ours theirs hers its his this us less unless always perhaps news across series during nothing
something anything everything morning evening pricing sometimes hers plus minus thus yes bring spring string king red
need speed feed indeed hundred billing building meeting training rating listing hosting`)

func parseIrregular(table string) map[string]string {
	forms := map[string]string{}
	for line := range strings.Lines(table) {
		base, list, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for form := range strings.FieldsSeq(list) {
			forms[form] = base
		}
	}
	return forms
}

// lemma brings the inflections of a lower-case word to one key. The key is
// compared with other keys only; it need not be a word.
func lemma(w string) string {
	if base, ok := irregular[w]; ok {
		w = base
	} else if !sameForm[w] {
		w = stripInflection(w)
	}
	if len(w) > 4 && w[len(w)-1] == 'e' {
		w = w[:len(w)-1]
	}
	if n := len(w); n > 3 && w[n-1] == w[n-2] && w[n-1] >= 'a' && w[n-1] <= 'z' {
		w = w[:n-1]
	}
	return w
}

func stripInflection(w string) string {
	n := len(w)
	switch {
	case n < 4 || w[n-1] >= 0x80:
		return w
	case strings.HasSuffix(w, "ies"):
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"),
		strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "zes"):
		return w[:n-2]
	case w[n-1] == 's' && w[n-2] != 's' && w[n-2] != 'u' && w[n-2] != 'i':
		return w[:n-1]
	case strings.HasSuffix(w, "ied"):
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "ed") && n > 4 && w[n-3] != 'e' && hasVowel(w[:n-2]):
		return withE(w[:n-2])
	case strings.HasSuffix(w, "ing") && n > 5 && hasVowel(w[:n-3]):
		return withE(w[:n-3])
	}
	return w
}

// withE gives a short stem its "e" back: "hired" is of "hire". Longer words
// lose theirs instead, on both sides.
func withE(stem string) string {
	if len(stem) == 3 && !isVowel(stem[0]) && isVowel(stem[1]) && !isVowel(stem[2]) && !strings.ContainsRune("wxy", rune(stem[2])) {
		return stem + "e"
	}
	return stem
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

func hasVowel(w string) bool { return strings.ContainsAny(w, "aeiouy") }
