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

// The facets of whether a claim that nobody speaks to is one that should be
// proved.
const (
	silenceAbout      = iota // how likely the voice that comes nearest speaks of it
	silenceAbout2            // and the second
	silenceAboutAll          // and all together
	silenceKin               // how like the words most like it are
	silenceShared            // words of the claim in one sentence
	silenceFigure            // somebody names its figure
	silenceHasFigures        // from here on of the claim itself
	silenceRecord
	silenceNothing
	silenceOurs
	silenceWords
	silenceOnRecord
	silenceBlame
	silencePromise
	silenceLength
	silenceCount
)

// silenceNames says what the facets are, those of the claim left out.
var silenceNames = [silenceHasFigures]string{"a voice that comes near to it", "a second one",
	"voices that come near together", "words like it", "words of its own", "its own figure"}

// silenceFrom is the chance from which a claim counts as unsupported.
const silenceFrom = 0.50

// quiet is the chance that nobody speaks to a claim that should be proved, and
// what it was weighed by.
type quiet struct {
	chance float64
	by     [silenceCount]int32
}

func silence(cat *Catalogue, c *claim, r *ruling) (q quiet) {
	t := &q.by
	t[silenceAbout], t[silenceAbout2], t[silenceAboutAll] = fixed(r.nearest.first), fixed(r.nearest.second), fixed(min(mostVoices, r.near))
	t[silenceKin], t[silenceShared], t[silenceFigure] = fixed(max(leastKin, r.uptake.kin)), fixed(r.uptake.shared), bit(r.uptake.figure)
	t[silenceHasFigures], t[silenceRecord], t[silenceNothing] = c.own[facetClaimFigures], c.own[facetClaimRecord], c.own[facetClaimNothing]
	t[silenceOurs], t[silenceWords], t[silenceOnRecord] = c.own[facetClaimOurs], c.own[facetClaimWords], bit(c.onRecord)
	t[silenceBlame], t[silencePromise], t[silenceLength] = c.own[facetClaimBlame], c.own[facetClaimPromise], c.own[facetClaimLength]
	q.chance = logistic(cat.silent.odds(t[:]))
	return q
}
