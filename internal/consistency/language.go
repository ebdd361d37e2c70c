package consistency

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stopWords are the commonest words of languages that a text may be in. The
// sets of the others leave out words that English shares.
var stopWords = map[string]map[string]bool{
	"English": wordSet(`the and is are was were we you it that of to in for with they our my your not this have has had be been i he she
on at by from as but or an a no never always if when who what which how do does did can will would there their its his her me us them so all
out up about within before after because just very more than every any day days hours nobody nothing`),
	"Spanish":    wordSet(`que de y en es una por para su lo como más pero nos muy está son del al nunca siempre nuestro todo`),
	"French":     wordSet(`le les des et est une dans que qui avec sur pas ce nous vous il elle sont très mais du au toujours jamais notre c'est`),
	"German":     wordSet(`der das und ist nicht ein eine mit für auf den wir sie ich zu von dem sind auch sehr immer aber uns`),
	"Portuguese": wordSet(`os que de e em é uma por para não se mais mas nós muito está são da ao nunca sempre nosso você`),
	"Italian":    wordSet(`lo gli che di e è una si più ma noi molto sono del della al mai sempre nostro`),
	"Dutch":      wordSet(`de het een en niet voor op wij zij ik dat te zijn ook zeer maar ons altijd nooit`),
	"Polish":     wordSet(`w nie na jest się że z są jak za nas bardzo zawsze nigdy nasz`),
	"Swedish":    wordSet(`och att det som är av för på inte vi en om den alltid aldrig från inom finns inga ett`),
	"Danish":     wordSet(`og det som er af på ikke vi en om til den altid aldrig fra hos findes ingen jeg et`),
	"Norwegian":  wordSet(`og det som er av på ikke vi en om til den alltid aldri fra innen finnes ingen jeg et`),
}

var languageOrder = []string{"Spanish", "French", "German", "Portuguese", "Italian", "Dutch", "Polish", "Swedish", "Danish", "Norwegian"}

// scripts are those of other languages. The signs of Japanese stand among
// those of Chinese.
var scripts = []struct {
	name   string
	tables []*unicode.RangeTable
}{
	{"Russian or another language in Cyrillic", []*unicode.RangeTable{unicode.Cyrillic}},
	{"Chinese or Japanese", []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana}},
	{"Korean", []*unicode.RangeTable{unicode.Hangul}}, {"Arabic", []*unicode.RangeTable{unicode.Arabic}},
	{"Hebrew", []*unicode.RangeTable{unicode.Hebrew}}, {"Greek", []*unicode.RangeTable{unicode.Greek}},
	{"Hindi or another language in Devanagari", []*unicode.RangeTable{unicode.Devanagari}}, {"Thai", []*unicode.RangeTable{unicode.Thai}},
}

// languageSample bounds how much of a text is looked at, in bytes.
const languageSample = 20000

// foreign returns the name of the language of a text when it is clearly not
// English, and "" otherwise. A short or mixed text counts as English.
func foreign(text string) string {
	if len(text) > languageSample {
		text = strings.ToValidUTF8(text[:languageSample], "")
	}
	if name := foreignScript(text); name != "" {
		return name
	}
	return foreignWords(plain(text))
}

func foreignScript(text string) string {
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
			if unicode.In(r, s.tables...) {
				byScript[i]++
			}
		}
	}
	for i, n := range byScript {
		if letters >= 4 && n*2 > letters {
			return scripts[i].name
		}
	}
	return ""
}

// A text is in another language when so many words say so, and at most one
// sentence in so many is English.
const (
	foreignLeast = 3
	englishShare = 3
)

func foreignWords(text string) string {
	counts := map[string]int{}
	english, other := 0, 0
	for _, sp := range splitSentences(nil, text, 0, len(text)) {
		own, best := languageOf(text[sp.start:sp.end], counts)
		switch {
		case best > own:
			other++
		case own > best:
			english++
		}
	}
	name := ""
	for _, lang := range languageOrder {
		if counts[lang] > counts[name] {
			name = lang
		}
	}
	if counts[name] < foreignLeast || englishShare*english >= english+other {
		return ""
	}
	return name
}

// languageOf counts the words of a sentence that are of one language: those of
// English, and those of the other language that has most. A word with a
// capital inside the sentence is a name.
func languageOf(sentence string, counts map[string]int) (english, most int) {
	here := map[string]int{}
	for i, w := range strings.FieldsFunc(sentence, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if r, _ := utf8.DecodeRuneInString(w); i > 0 && unicode.IsUpper(r) && w != "I" {
			continue
		}
		w = strings.ToLower(w)
		if stopWords["English"][w] {
			english++
		}
		for _, lang := range languageOrder {
			if stopWords[lang][w] {
				counts[lang]++
				here[lang]++
				most = max(most, here[lang])
			}
		}
	}
	return english, most
}
