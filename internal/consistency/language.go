package consistency

import (
	"strings"
	"unicode"
)

// stopWords are the commonest words of languages that a text may be in. The
// sets leave out words that English shares.
var stopWords = map[string]map[string]bool{
	"English":    wordSet(`the and is are was we you it that of to in for with they our my not this have be i he she on at`),
	"Spanish":    wordSet(`el la los las que de y en es un una por con para su se lo como más pero nos muy está son del al nunca siempre nuestro todo`),
	"French":     wordSet(`le la les des et est une dans pour que qui avec sur pas ce nous vous il elle sont très mais du au toujours jamais notre c'est`),
	"German":     wordSet(`der die das und ist nicht ein eine mit für auf den wir sie es ich zu von dem sind auch sehr immer aber uns`),
	"Portuguese": wordSet(`o os que de e em é um uma por com para não se mais mas nós muito está são do da ao nunca sempre nosso você`),
	"Italian":    wordSet(`il lo gli che di e è un una per con non si più ma noi molto sono del della al mai sempre nostro`),
	"Dutch":      wordSet(`de het een en van is niet met voor op wij zij ik dat te zijn ook zeer maar ons altijd nooit`),
	"Polish":     wordSet(`i w nie na jest się że z do to są jak ale za nas bardzo zawsze nigdy nasz`),
}

var languageOrder = []string{"English", "Spanish", "French", "German", "Portuguese", "Italian", "Dutch", "Polish"}

var scripts = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Russian or another language in Cyrillic", unicode.Cyrillic}, {"Chinese or Japanese", unicode.Han},
	{"Japanese", unicode.Hiragana}, {"Korean", unicode.Hangul}, {"Arabic", unicode.Arabic}, {"Hebrew", unicode.Hebrew},
	{"Greek", unicode.Greek}, {"Hindi or another language in Devanagari", unicode.Devanagari}, {"Thai", unicode.Thai},
}

// languageSample bounds how much of a text is looked at, in bytes.
const languageSample = 20000

// foreign returns the name of the language of a text when it is clearly not
// English, and "" otherwise. A short or mixed text counts as English.
func foreign(text string) string {
	if len(text) > languageSample {
		text = text[:languageSample]
	}
	letters, byScript := 0, make([]int, len(scripts))
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if r < 0x250 {
			continue
		}
		for i, s := range scripts {
			if unicode.Is(s.table, r) {
				byScript[i]++
			}
		}
	}
	for i, n := range byScript {
		if letters >= 4 && n*2 > letters {
			return scripts[i].name
		}
	}
	counts := map[string]int{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		for _, lang := range languageOrder {
			if stopWords[lang][w] {
				counts[lang]++
			}
		}
	}
	best := "English"
	for _, lang := range languageOrder[1:] {
		if counts[lang] > counts[best] {
			best = lang
		}
	}
	if best == "English" || counts[best] < 3 || counts[best] < 2*counts["English"] {
		return ""
	}
	return best
}
