package consistency

// What people say before they come to the matter. A plain opener needs a comma
// or a colon behind it, as it may be the beginning of what is said: "to be honest
// costs nothing". The others go without. "Honestly" is none of them: an admission
// comes behind it.
var (
	plainOpeners = parsePhrases(`frankly; personally; well; look; listen; you know; mind you; believe me; trust me; if you ask me;
to be honest; to be honest with you; to be frank; to be fair; in all honesty; in all fairness; to tell the truth; to tell you the truth; truth be told;
in my experience; in our experience; in my opinion; in my view; speaking for myself; speaking only for myself; speaking for me; for my part; from my side;
from what i can tell; from what i have seen; from where i sit; as far as i am concerned; as far as i 'm concerned; let me tell you; all i can say is`)
	freeOpeners = parsePhrases(`i have to say; i must say; i 've got to say; as far as i can tell; as far as i can see; as far as i know; as far as i can say`)
	// behind a free opener they are what is said
	saidObjects = wordSet(`no yes sorry goodbye so to about again twice`)
)

// opensWith is how many tokens at the start of a sentence only lead in what it says.
func opensWith(toks []token) int {
	n := 0
	for n < len(toks) {
		if k := phraseAt(freeOpeners, toks, n); k > 0 && !saidObjects[wordAt(toks, n+k)] && !(wordAt(toks, n+k) == "it" && !beWords[wordAt(toks, n+k+1)]) {
			n += k
		} else if k = phraseAt(plainOpeners, toks, n); k > 0 && (wordAt(toks, n+k) == "," || wordAt(toks, n+k) == ":") {
			n += k
		} else {
			return n
		}
		for n < len(toks) && (toks[n].word == "," || toks[n].word == ":") {
			n++
		}
	}
	return 0 // it says nothing else
}
