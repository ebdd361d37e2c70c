package consistency

import (
	"cmp"
	"slices"
)

// jury settles all claims of one partner, again and again with other weights
// of the voices. What a voice says does not change in between.
type jury struct {
	cat      *Catalogue
	claims   []claim
	table    [][]position
	voices   []voice
	votes    [][]vote // as the table
	others   int      // who are heard besides the CEO
	findings []finding
	order    []int
	settled  []bool  // by class
	doubts   []int   // of a class: 1 + its finding with the most doubt
	surest   float64 // the highest chance of a dispute
	costs    []cost  // of the last penalty
}

// cost is what one finding adds to the penalty.
type cost struct {
	finding int
	kind    Kind
	doubt   bool
	penalty float64
}

// vote is what counts of a position.
type vote struct {
	near             float64
	uptake           uptake
	against, support float64
	whisper          bool // it moves the chance of a discrepancy
	numeric, harsh   bool
	counts           bool // its group may speak to the claim
	value, group     int8
}

func newJury(cat *Catalogue, claims []claim, table [][]position, voices []voice) *jury {
	j := &jury{cat: cat, claims: claims, table: table, voices: voices, votes: make([][]vote, len(claims)),
		findings: make([]finding, len(claims)), settled: make([]bool, len(cat.names)), doubts: make([]int, len(cat.names))}
	for i := range claims {
		j.votes[i] = make([]vote, len(voices))
		for v := range voices {
			p := &table[i][v]
			g := voices[v].group
			j.votes[i][v] = vote{near: p.near, uptake: p.uptake, against: p.against, support: p.support, numeric: p.numeric, harsh: p.harsh, value: int8(p.value()), group: int8(groupOrder(g)),
				counts: g != CEO && g != claims[i].group, whisper: p.against >= leastWhisper && p.against >= float64(leastShareAgainst*p.support)}
		}
	}
	for _, row := range j.votes {
		dropHints(row)
	}
	for i := range voices {
		if voices[i].group != CEO {
			j.others++
		}
	}
	return j
}

// dropHints takes the side from those who may speak against a claim, when somebody
// plainly does.
func dropHints(row []vote) {
	if !slices.ContainsFunc(row, func(p vote) bool { return p.counts && p.value < 0 && p.against >= leastVoice }) {
		return
	}
	for v := range row {
		if p := &row[v]; p.value < 0 && p.against < leastVoice {
			p.value = 0
		}
	}
}

// finding is the outcome for one claim.
type finding struct {
	claim  int
	ruling ruling
	kind   Kind
	// doubt is the penalty to be expected where the chance of a discrepancy is
	// too small to report one.
	doubt     float64
	doubtKind Kind
	quiet     quiet
	same      int  // 1 + the claim of which the same dispute is reported
	unsure    bool // likely enough, but no dispute of the partner is sure
}

// quietFrom is the chance of a dispute from which silence is not the matter.
const quietFrom = disputeFrom

// settle judges all claims, drops the second of two discrepancies that say
// the same, and marks the claims that nobody touches. weights says how often
// each voice counts, nil is once. The result holds until the next call.
func (j *jury) settle(weights []int) []finding {
	findings := j.findings
	order := j.order[:0]
	for i := range j.claims {
		f := &findings[i]
		f.claim, f.doubt, f.quiet, f.same, f.unsure = i, 0, quiet{}, 0, false
		f.ruling.judge(j.cat, &j.claims[i], j.votes[i], weights)
		f.kind = f.ruling.kind
		if f.kind != "" {
			order = append(order, i)
		}
	}
	j.order = order
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(findings[b].ruling.chance, findings[a].ruling.chance) })
	if len(order) > 0 {
		if j.surest = findings[order[0]].ruling.chance; j.surest < surestFrom {
			for _, i := range order {
				findings[i].kind, findings[i].ruling.kind, findings[i].unsure = "", "", true
			}
			order = order[:0]
		}
	}
	for k, i := range order {
		for _, o := range order[:k] {
			if findings[o].kind != "" && sameDispute(&j.claims[i], &j.claims[o], j.table[i], j.table[o]) {
				findings[i].kind, findings[i].same = "", o+1
				break
			}
		}
	}
	if j.others == 0 {
		return findings
	}
	for i := range findings {
		if f, c := &findings[i], &j.claims[i]; c.group == CEO && c.value > 0 {
			j.hush(f, c)
		}
	}
	return findings
}

// doubtFrom is the chance from which a doubt counts.
const doubtFrom = 0.1

// leastOthers is how many must be heard for silence to mean something.
const leastOthers = 5

// hush marks a claim that nobody speaks to, and weighs what is doubtful.
func (j *jury) hush(f *finding, c *claim) {
	if f.ruling.kind != "" {
		return
	}
	if j.others >= leastOthers {
		f.quiet = silence(j.cat, c, &f.ruling)
	}
	switch {
	case f.ruling.chance < quietFrom && f.quiet.chance >= silenceFrom:
		f.kind = UnsupportedClaim
		f.ruling.mute()
	case f.ruling.chance >= doubtFrom && f.ruling.against > 0:
		f.doubtKind = Contradiction
		if c.evaluative(j.cat) {
			f.doubtKind = SentimentSplit
		}
		f.doubt = float64(penalties[f.doubtKind] * f.ruling.chance)
	case f.ruling.chance < quietFrom && f.quiet.chance >= doubtFrom:
		f.doubtKind = UnsupportedClaim
		f.doubt = float64(penalties[UnsupportedClaim] * f.quiet.chance)
	}
}

// chance is how likely what is reported is.
func (f *finding) chance() float64 {
	if f.kind == UnsupportedClaim {
		return f.quiet.chance
	}
	return f.ruling.chance
}

// likewise is how strongly a sentence against two claims must speak against the
// other one, beside the first, for the two disputes to be one.
const likewise = 0.6

// sameDispute says whether two discrepancies are one: the same topic, or all
// that speaks against a speaks against b likewise.
func sameDispute(a, b *claim, rowA, rowB []position) bool {
	if a.topic >= 0 && a.topic == b.topic {
		return true
	}
	all, common := 0, 0
	for v := range rowA {
		if rowA[v].value() >= 0 {
			continue
		}
		all++
		if rowB[v].value() < 0 && rowB[v].against >= float64(likewise*rowA[v].against) && rowB[v].dissent.doc == rowA[v].dissent.doc && rowB[v].dissent.quote == rowA[v].dissent.quote {
			common++
		}
	}
	return all > 0 && common == all
}

// doubtShare is how much of a doubt counts.
const doubtShare = 0.5

// penalty adds up the discrepancies of the last settling, each by its chance,
// and half of what is to be expected on the topics without one.
func (j *jury) penalty() float64 {
	clear(j.settled)
	clear(j.doubts)
	j.costs = j.costs[:0]
	for i := range j.findings {
		if f := &j.findings[i]; f.kind != "" {
			j.costs = append(j.costs, cost{i, f.kind, false, float64(penalties[f.kind] * f.chance())})
			j.settled[j.claims[i].class] = true
		}
	}
	order := j.order[:0]
	for i := range j.findings {
		f := &j.findings[i]
		if k := j.claims[i].class; f.doubt > 0 && !j.settled[k] {
			if j.doubts[k] == 0 {
				order = append(order, k)
			}
			if j.doubts[k] == 0 || f.doubt > j.findings[j.doubts[k]-1].doubt {
				j.doubts[k] = i + 1
			}
		}
	}
	for _, k := range order {
		i := j.doubts[k] - 1
		j.costs = append(j.costs, cost{i, j.findings[i].doubtKind, true, float64(doubtShare * j.findings[i].doubt)})
	}
	sum := 0.0
	for i := range j.costs {
		sum += j.costs[i].penalty
	}
	return sum
}
