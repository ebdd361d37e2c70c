package consistency

import "slices"

// uptake is how far what somebody says takes up a claim, whatever it says of it.
type uptake struct {
	about  float64 // how likely a sentence speaks of it
	kin    float64 // how like its meaning is
	shared float64 // words of the claim in one sentence
	figure bool    // a figure of the claim
}

// add takes in what one more sentence or voice takes up.
func (u *uptake) add(o *uptake) {
	u.about, u.kin, u.shared, u.figure = max(u.about, o.about), max(u.kin, o.kin), max(u.shared, o.shared), u.figure || o.figure
}

// names says whether a sentence has a figure of the claim.
func (c *claim) names(quants []quantity) bool {
	return slices.ContainsFunc(quants, func(q quantity) bool {
		return !(q.dim == dimCount && q.lo == 1) && slices.ContainsFunc(c.quants, func(p quantity) bool { return p.dim == q.dim && p.lo == q.lo })
	})
}

var (
	recordWords = wordSet(`certify certified certificate certificates certification accredited accreditation licensed license licence licences insured insurance
bonded iso soc soc2 hipaa pci gdpr encrypted encryption encrypts password passwords login firewall server servers backup backups breach privacy
erased deleted shredded wiped audit audits audited penetration independent lab vetted fingerprinted
accident accidents injury injuries injured hurt incident incidents fatality
rated rating ratings star stars award awards ranked voted medal patent patents patented trademark proprietary`)
	recordPhrases = parsePhrases(`backed up; backs up; back up; two-factor; lost-time`)
	engineWords   = wordSet(`ai algorithm algorithms engine model models predict predicts predicted forecast forecasts learns learning intelligence intelligent neural`)
)

// recordNamed says whether tokens name what one keeps papers of: a certificate, an
// audit, a patent, an accident, an award, how data are kept.
func recordNamed(toks []token) bool {
	for i := range toks {
		if recordWords[toks[i].word] || phraseAt(recordPhrases, toks, i) > 0 {
			return true
		}
	}
	return false
}

// engineNamed says whether tokens name a machine that thinks.
func engineNamed(toks []token) bool {
	return slices.ContainsFunc(toks, func(t token) bool { return engineWords[t.word] })
}

// silenceWeights are those of a logistic regression that says whether a claim
// that nobody speaks to is one that should be proved: the log-odds that the voice
// that comes nearest speaks of it, and the second one, the meaning most like it, words
// of it, the same figure, a figure in the claim, the share of topics that are
// matters of record, the share of nothing, "we" or "our", three words of content,
// a word of what is on record, a machine that thinks, and the speaker's own life.
var silenceWeights = [...]float64{-0.76, -0.53, -3.81, -0.73, -2.32, 2.19, 4.41, -8.00, 1.13, 1.33, 1.27, 0.85, -2.08}

const silenceStart = -3.05

// silenceFrom is the chance from which a claim counts as unsupported.
const silenceFrom = 0.52

// surelyAbout is how likely a sentence must speak of a claim to leave no
// question of silence.
const surelyAbout = 0.95

// silenceTerms names what the weights are of.
var silenceTerms = [len(silenceWeights)]string{"the voice that comes nearest to it", "the second nearest", "words most like it", "words of its own", "its own figure", "a figure in the claim",
	"a matter of record", "no topic of the catalogue", "it says we or our", "it names what is promised", "a word of what is on record", "a machine that thinks", "it tells of the speaker"}

// quiet is the chance that nobody speaks to a claim that should be proved, and
// the terms of its log-odds.
type quiet struct {
	chance float64
	terms  [len(silenceWeights)]float64
}

func silence(cat *Catalogue, c *claim, r *ruling) quiet {
	var q quiet
	if r.nearest.first >= surelyAbout {
		return q
	}
	x := float64(silenceStart)
	for i, f := range silenceFeatures(cat, c, r) {
		q.terms[i] = float64(silenceWeights[i] * f)
		x += q.terms[i]
	}
	q.chance = logistic(x)
	return q
}

func silenceFeatures(cat *Catalogue, c *claim, r *ruling) [len(silenceWeights)]float64 {
	u := &r.uptake
	return [...]float64{logit(max(leastShare, r.nearest.first)), logit(max(leastShare, r.nearest.second)), max(leastKin, u.kin), u.shared, one(u.figure), one(len(c.quants) > 0), c.record, c.about[cat.sense.none], one(c.ours), one(len(c.words.words) >= 3),
		one(c.onRecord), one(c.engine), one(c.mine)}
}
