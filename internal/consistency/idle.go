package consistency

// How sure it must be that something is small talk, as odds times how much of
// it the voice says: a voice with little of it hardly ever means nothing. Of what
// a CEO says less is left out, since there each clause may be the promise.
const (
	idleSentence = 3.0
	idleClaim    = 2.0
	surelyIdle   = 0.6 // the least probability for what a CEO says
)

// idleness is how many sentences of small talk documents hold, of how many, each
// once: the sum of the probabilities of those that rather are. Many that hardly are
// make none.
func (c *Catalogue) idleness(r *reader, docs []Document) (sum float64, of int) {
	var feats []feature
	heard := map[string]bool{}
	for i := range docs {
		d := &docs[i]
		r.read(*d, func(s *sentence) {
			text := d.Text[s.start:s.end]
			if s.question || s.role == roleProspect || heard[text] {
				return
			}
			heard[text] = true
			feats = c.features(feats[:0], s, 0, len(s.toks))
			if p := c.sense.isIdle(feats, r.whole(s)); p >= 0.5 {
				sum += p
			}
		})
	}
	return sum, len(heard)
}

// idle says whether words are small talk that are so with probability p, in
// documents of that idleness. What stands alone is none.
func idle(p, idleness, least float64) bool {
	return idleness > 1 && float64(p*(idleness-1)) >= float64(least*(1-p))
}
