package consistency

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stopWords are the commonest words of languages that a text may be in, and of
// what is said of a service in them. The sets of the others leave out words,
// names and short forms that English shares.
var stopWords = map[string]map[string]bool{
	"English": wordSet(`the and is are was were we you it that of to in for with they our my your not this have has had be been i he she
on at by from as but or an a no never always if when who what which how do does did can will would there their its his her me us them so all
out up about within before after because just very more than every any day days hours nobody nothing`),
	"Spanish": wordSet(`que de en es una un por para su lo como más pero nos muy está del al nunca siempre nuestro nuestra todo todos todas el los las se ya sobre también
cuando fue han este esta estamos cada año años mes meses día días semanas horas dos tres nada nadie bien gracias servicio trabajo precio`),
	"French": wordSet(`le la les un des et une dans que qui avec sur pas ce nous vous il elle ils sont très mais du au aux en toujours jamais notre c'est je leur par sans
tous cette chaque été avons ont jour jours semaines heures mois ans deux trois rien personne bien merci travail prix`),
	"German": wordSet(`der das und ist nicht ein eine einen mit für auf den wir sie ich zu von dem sind auch sehr immer aber uns unser unsere unseren bei nach haben habe
wird werden wurde kein keine oder wenn nur noch mehr schon dass zum zur bis aus alles nie nichts niemand mein meine jeden jede tage tagen wochen
stunden monate jahre zwei drei es gab gern gerne gut leider viel`),
	"Portuguese": wordSet(`os que de em é uma um por para não se mas mais nós muito está são da das dos ao nunca sempre nosso nossa você meu minha todos todas tudo sem
também já quando foi tem cada ano anos mês meses dia dias semanas horas dois duas nada ninguém bem obrigado trabalho preço este esta`),
	"Italian": wordSet(`lo gli il la le un una che di è si più noi molto sono del della dei al alla nel mai sempre nostro nostra mio mia abbiamo hanno anche ogni tutto tutti
senza quando stato giorni giorno settimane mesi anni tre nulla niente nessuno bene grazie lavoro prezzo`),
	"Dutch": wordSet(`de het een en niet voor op wij ze zij ik dat te zijn ook zeer maar ons onze altijd nooit mijn naar bij heeft hebben wordt worden geen nog uit om aan
deze dit alles niets niemand elke erg goed dag dagen weken maanden jaar twee drie prijs`),
	"Polish": wordSet(`nie jest się że są jak za nas bardzo zawsze nigdy nasz nasza od czy już tylko był była było być mają tym tego dla bez przez przy oraz ich moja mój
wszystko nikt nic dni dzień dnia tygodnie tygodni godzin miesiąc miesiące roku dwa trzy dobrze`),
	"Swedish": wordSet(`och att det som är av för på inte vi en ett om den de alltid aldrig från inom finns inga allt jag har med så mycket samma varje dag dagar veckor
timmar år två tre bra tog utan`),
	"Danish": wordSet(`og det som af på ikke vi en et om den de alltid altid aldrig fra hos findes ingen jeg har med så meget alt samme hver dag dage uger timer år tre tog
uden godt bliver`),
	"Norwegian": wordSet(`og det som av på ikke vi en et om den de alltid aldri fra innen finnes ingen jeg har med så mye alt samme hver dag dager uker timer år tre tog uten
bra blir`),
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
// English, and "" otherwise. A mixed text, or one of hardly a word, counts as
// English.
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

// A text is in another language when so many words say so, or fewer that are
// foreignTimes as many as the English ones, and at most one sentence in
// englishShare is English.
const (
	foreignLeast = 3
	foreignFew   = 2
	foreignTimes = 2
	englishShare = 3
)

func foreignWords(text string) string {
	counts := map[string]int{}
	english, other, ownWords := 0, 0, 0
	for _, sp := range splitSentences(nil, text, 0, len(text)) {
		own, best := languageOf(text[sp.start:sp.end], counts)
		ownWords += own
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
	least := foreignLeast
	if counts[name] >= foreignTimes*ownWords {
		least = foreignFew
	}
	if counts[name] < least || englishShare*english >= english+other {
		return ""
	}
	return name
}

// nameParts are words within names.
var nameParts = wordSet(`de la las los del della di da dos le du van von der den`)

// languageOf counts the words of a sentence that are of one language: those of
// English, and those of the other language that has most. A word with a
// capital inside the sentence is a name, and so is the "de" that follows it.
func languageOf(sentence string, counts map[string]int) (english, most int) {
	here := map[string]int{}
	name := false // the word before is one, or may be at the start
	for i, w := range strings.FieldsFunc(sentence, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		r, _ := utf8.DecodeRuneInString(w)
		capital := unicode.IsUpper(r) && w != "I"
		inName := i > 0 && capital || name && nameParts[w]
		name = capital || inName
		if inName {
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
