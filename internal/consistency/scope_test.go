package consistency

import (
	"strings"
	"testing"
)

// TestScope reads the parts of a text that tell of the partner today.
func TestScope(t *testing.T) {
	cat, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		group      Group
		text, want string
	}{
		{Customers, "Our old provider took a week to reply. These people answer within the hour.", "These people answer within the hour."},
		{Customers, "My last vendor took days, these guys take hours.", "these guys take hours."},
		{Customers, "Our previous software crashed every Monday. They never fixed it.", ""},
		{Customers, "The system we had before crashed every Monday.", ""},
		{Customers, "Before we switched we paid $750 for setup.", ""},
		{Customers, "HomeLine sold each lead to five of us. Here they are mine alone.", "Here they are mine alone."},
		{Customers, "We were burned by hidden fees before.", ""},
		{Customers, "They answer faster than our old provider did.", "They answer faster than our old provider did."},
		{Customers, "Unlike my last vendor, they answer.", "Unlike my last vendor, they answer."},
		{Customers, "The last truck came late.", "The last truck came late."},
		{Customers, "Another company's stamp was on my drawings.", "Another company's stamp was on my drawings."},
		{Customers, "I was expecting a hidden fee and there wasn't one.", "there wasn't one."},
		{Customers, "It took longer than we expected.", "It took longer than we expected."},
		{Customers, "I expected better.", "I expected better."},
		{Customers, "We had planned for six months.", ""},
		{Customers, "If there were hidden fees I would have left by now.", ""},
		{Customers, "It's not as if you wait three days.", ""},
		{Customers, "I give my own customers two years.", ""},
		{Customers, "Competitors hide their fees; these people do not.", "these people do not."},
		{Customers, "Rivals undercut them by half of what we pay.", "Rivals undercut them by half of what we pay."},
		{Employees, "I was a roofer for ten years before this.", "I was a roofer for ten years before this."},
		{CEO, "Our old platform was slow.", "Our old platform was slow."},
	} {
		var parts []string
		newReader(cat).read(Document{ID: "d", Group: c.group, Text: c.text}, func(s *sentence) {
			parts = append(parts, c.text[s.start:s.end])
		})
		if got := strings.Join(parts, " | "); got != c.want {
			t.Errorf("of %q %q is heard, not %q", c.text, got, c.want)
		}
	}
}
