package consistency

var (
	sayWords   = wordSet(`say says said tell tells told promise promises promised warn warns warned advertise advertises advertised admit admits admitted explain explains explained`)
	likeWords  = wordSet(`as like exactly just what`)
	theyWords  = wordSet(`they he she it you we everyone everybody`)
	themWords  = wordSet(`me us you people folks them everyone everybody him her customers clients`)
	beenWords  = wordSet(`had have has did do does 'd 've 's were was`)
	breakWords = wordSet(`not n't never nothing hardly but however though although except unlike until instead`)
	denyWords  = wordSet(`not n't never nothing hardly unlike isn't wasn't aren't weren't`)
	soWords    = wordSet(`many much far long often that`)
)

var frank = parsePhrases(`that 's the deal; that is the deal; that was the deal; no surprise; no surprises; as advertised; as promised; as warned; as agreed; as stated; as described; up front about; upfront about; open about; honest about; warned me; warned us`)

// confirms says whether a sentence adds that it had been said before: "weak,
// as they warned", "they say so", "same as they'd said". Whatever it speaks
// of is then no breach.
func (s *sentence) confirms() bool {
	for i := range s.toks {
		at, n := i, phraseAt(frank, s.toks, i)
		if n == 0 {
			at, n = s.saidBefore(i)
		}
		if n == 0 {
			continue
		}
		for k := max(0, at-3); k < at; k++ {
			if denyWords[s.toks[k].word] {
				return false
			}
		}
		for k := at + n; k < len(s.toks); k++ {
			if breakWords[s.toks[k].word] {
				return false
			}
		}
		return true
	}
	return false
}

// saidBefore finds "as they had said" or "they tell people so" at token i:
// where it begins, and its length, 0 when it is not there.
func (s *sentence) saidBefore(i int) (at, n int) {
	word := func(k int) string { return wordAt(s.toks, k) }
	end := i
	if theyWords[word(end)] || end > 1 && s.toks[end].capital && likeWords[word(i-1)] { // "as Orlen had told us"
		end++
		for beenWords[word(end)] {
			end++
		}
	}
	if !sayWords[word(end)] {
		return 0, 0
	}
	if end > i && likeWords[word(i-1)] {
		return i - 1, end + 2 - i
	}
	if themWords[word(end+1)] {
		end++
	}
	if word(end+1) == "so" && !soWords[word(end+2)] {
		return i, end + 2 - i
	}
	return 0, 0
}
