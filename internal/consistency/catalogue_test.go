package consistency

import (
	"strings"
	"testing"
)

func TestUserCatalogueAddsATopic(t *testing.T) {
	own := []byte("\ufeff" + `{"words":{"beast":"llama alpaca"},"topics":[
		{"topic":"llama_care","title":"Care of llamas","good":["@beast .. brush*|groomed"],"bad":["@beast .. hungry|dirty"],"advice":"Brush them."},
		{"topic":"response_time","bad":["owl .. forest"]}]}`)
	cat, err := DefaultCatalogue(own)
	if err != nil {
		t.Fatal(err)
	}
	p := sample()
	p.Documents[0].Text = "Our llamas are brushed every day. We reply within 24 hours."
	p = with(p, Document{ID: "customer7", Group: Customers, Text: "The llamas are dirty."}, Document{ID: "customer9", Group: Customers, Text: "Their alpaca was hungry."},
		Document{ID: "customer8", Group: Customers, Text: "My owl came back to the forest."})
	r := New(cat, Options{}).Analyze(p)
	if len(r.Discrepancies) != 1 || r.Discrepancies[0].Topic != "llama_care" || r.Recommendations[0].Text != "Brush them." {
		t.Errorf("discrepancies: %s", encode(t, r.Discrepancies))
	}
	if plain := newEngine(t).Analyze(p); plain.Catalogue == r.Catalogue {
		t.Error("the catalogue's hash does not tell the user's file")
	}
}

// A topic of the user's own takes a claim that names it, also beside the words
// of another topic.
func TestUserTopicGoesFirst(t *testing.T) {
	cat, err := DefaultCatalogue([]byte(`{"topics":[{"topic":"zorb","about":["zorbulator"],"good":["glint"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := New(cat, Options{}).Analyze(replaced(sample(), "ceo", "Our zorbulators are glint certified. We reply within a day."))
	if r.Claims[0].Topic != "zorb" || r.Claims[1].Topic != "response_time" {
		t.Errorf("topics: %s, %s", r.Claims[0].Topic, r.Claims[1].Topic)
	}
}

func TestBrokenCatalogueIsRefused(t *testing.T) {
	for file, want := range map[string]string{
		"{\n\n":                      "line 3",
		`{}`:                         "there are none",
		`{"topics":null}`:            "there are none",
		`{"topics":[{"topic":"x"}]}`: "without a cue",
		`{"topics":[{"topic":"x y ","good":["abc"]}]}`:                          "no spaces",
		`{"topics":[{"topic":"x","good":["abc"]},{"topic":"x","bad":["def"]}]}`: "there twice",
		`{} {`:                      "line 1: invalid character",
		`{"topics":[{"topic":""}]}`: "needs a name",
		`{"topics":[{"topic":"x","good":["@nowhere"]}]}`:                                     "unknown word class",
		`{"topics":[{"topic":"x","good":["ab*"]}]}`:                                          "three letters",
		`{"topics":[{"topic":"x","good":["a & "]}]}`:                                         "has to be there",
		`{"topics":[{"topic":"x","good":["#weight"]}]}`:                                      "unknown quantity",
		`{"topics":[{"topic":"x","colour":"red"}]}`:                                          "unknown field",
		`{"topics":[{"topic":"x","measure":{"dim":"mass"}}]}`:                                "unknown measure",
		`{"topics":[{"topic":"x","from":["boss"]}]}`:                                         "unknown group",
		`{"topics":[{"topic":"x","measure":{"dim":"percent","better":"less","points":-1}}]}`: "below 0",
	} {
		if _, err := DefaultCatalogue([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}
