package consistency

// How sure it must be that something is small talk, as odds times how much of
// it the voice says: a voice with little of it hardly ever means nothing. Of what
// a CEO says less is left out, since there each clause may be the promise.
const (
	idleSentence = 3.0
	idleClaim    = 2.0
)

// idleness is how many sentences of small talk documents hold, each once: the sum
// of their probabilities.
func (c *Catalogue) idleness(r *reader, docs []Document) float64 {
	var feats []feature
	sum, heard := 0.0, map[string]bool{}
	for i := range docs {
		d := &docs[i]
		r.read(*d, func(s *sentence) {
			text := d.Text[s.start:s.end]
			if s.question || s.role == roleProspect || heard[text] {
				return
			}
			heard[text] = true
			feats = c.features(feats[:0], s, 0, len(s.toks))
			sum += c.sense.isIdle(feats, r.whole(s))
		})
	}
	return sum
}

// idle says whether words are small talk that are so with probability p, in
// documents of that idleness.
func idle(p, idleness, least float64) bool { return float64(p*idleness) >= float64(least*(1-p)) }
