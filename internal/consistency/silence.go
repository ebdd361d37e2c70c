package consistency

import "slices"

// uptake is how far what somebody says takes up a claim, whatever it says of it.
type uptake struct {
	own    float64 // the nearness of a sentence that is nearest to this claim
	kin    float64 // how like its meaning is
	shared float64 // words of the claim in one sentence
	figure bool    // a figure of the claim
}

// add takes in what one more sentence or voice takes up.
func (u *uptake) add(o *uptake) {
	u.own, u.kin, u.shared, u.figure = max(u.own, o.own), max(u.kin, o.kin), max(u.shared, o.shared), u.figure || o.figure
}

// ownMargin is by how much another claim may be nearer to a sentence than the
// one that it is put down to.
const ownMargin = 0.02

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
// that nobody speaks to is one that should be proved: a sentence that is about
// this claim more than about any other, the meaning most like it, words of it,
// the same figure, a figure in the claim, the share of topics that are matters
// of record, the share of nothing, "we" or "our", three words of content, a
// word of what is on record, a machine that thinks, and the speaker's own life.
var silenceWeights = [...]float64{-2.62, -9.38, -1.09, -2.67, 2.26, 2.62, -8.00, 1.02, 1.46, 1.52, 2.05, -2.02}

const silenceStart = 0.73

// silenceFrom is the chance from which a claim counts as unsupported.
const silenceFrom = 0.46

// silenceTerms names what the weights are of.
var silenceTerms = [len(silenceWeights)]string{"the nearest that somebody comes to it", "words most like it", "words of its own", "its own figure", "a figure in the claim",
	"a matter of record", "no topic of the catalogue", "it says we or our", "it names what is promised", "a word of what is on record", "a machine that thinks", "it tells of the speaker"}

// quiet is the chance that nobody speaks to a claim that should be proved, and
// the terms of its log-odds.
type quiet struct {
	chance float64
	terms  [len(silenceWeights)]float64
}

func silence(cat *Catalogue, c *claim, r *ruling) quiet {
	var q quiet
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
	return [...]float64{u.own, max(leastKin, u.kin), u.shared, one(u.figure), one(len(c.quants) > 0), c.record, c.about[cat.sense.none], one(c.ours), one(len(c.words.words) >= 3),
		one(c.onRecord), one(c.engine), one(c.mine)}
}
