package consistency

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"partner_id":"a","documents":[{"id":"ceo","group":"ceo","text":"We reply within a day."}]}` + "\n"))
	f.Add([]byte(`[{"partner_id":"a"}]`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		partners, err := Parse(data)
		if err != nil {
			return
		}
		for _, p := range partners {
			if p.ID == "" {
				t.Error("a partner without an id")
			}
		}
	})
}

// FuzzAnalyze holds that any text is analysed and that every quote is the
// bytes that it says.
func FuzzAnalyze(f *testing.F) {
	f.Add("We reply within 24 hours. No hidden fees!", "Took 3-4 days, $40 a seat monthly; they never called back…")
	f.Add("Half a million happy clients", "Rep: a: b. Prospect: ¿Qué? Rep: don’t, can't “quoted” 5k 1.5.2 thirty-")
	f.Add("<p>We don&#39;t charge &amp; we <b>never</b> do</p>", "<br>&rsquo;&lt;&#0;<!-- x --></x>&#x10ffff;{\"a\": 1}")
	f.Add("every", "each second twice a quarter of nine in ten out of a couple of")
	f.Fuzz(func(t *testing.T, ceo, other string) {
		if !utf8.ValidString(ceo) || !utf8.ValidString(other) {
			t.Skip()
		}
		p := Partner{ID: "p", Documents: []Document{{ID: "ceo", Group: CEO, Text: ceo},
			{ID: "c", Group: Customers, Text: other}, {ID: "d", Group: Demos, Text: other + ceo}, {ID: "e", Group: Customers, Text: ceo + other}}}
		texts := map[string]string{}
		for _, d := range p.Documents {
			texts[d.ID] = d.Text
		}
		r := fuzzEngine.Analyze(p)
		for _, d := range r.Discrepancies {
			for _, q := range d.Evidence {
				if texts[q.Document][q.Start:q.End] != q.Text {
					t.Errorf("%s %d-%d is not %q", q.Document, q.Start, q.End, q.Text)
				}
			}
		}
		if s := r.Text(); !strings.Contains(s, "score") {
			t.Error("no score line")
		}
	})
}

// fuzzEngine is made once: the catalogue takes longer than an analysis.
var fuzzEngine = func() *Engine {
	cat, err := DefaultCatalogue()
	if err != nil {
		panic(err)
	}
	return New(cat, Options{})
}()

// FuzzPlain holds that the plain form of a text has its bytes' places.
func FuzzPlain(f *testing.F) {
	f.Add("<p class=\"a\">We don&#39;t&nbsp;charge &amp; <b>never</b> do</p><!-- x --><br/>&rsquo;&#0;&#x10ffff;&eacute;a")
	f.Fuzz(func(t *testing.T, text string) {
		if got := plain(text); len(got) != len(text) || utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
	})
}

func FuzzCatalogue(f *testing.F) {
	f.Add([]byte(`{"topics":[{"topic":"x","good":["a .. b|c_d & =e"],"bad":["@no #num !"]}]}`))
	f.Add([]byte(`{"words":{"a":"@b","b":"@a"},"topics":[{"topic":"x","good":["@a"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		cat, err := newCatalogue([][]byte{data})
		if err != nil {
			return
		}
		New(cat, Options{}).Analyze(sample())
	})
}
