package consistency

import (
	"math"
	"math/rand/v2"
	"slices"
)

// halfPenalty is the sum of penalties at which half of the score is left.
const halfPenalty = 8

// scoreOf turns a sum of penalties into 0 to 100: 100 with none, 50 at
// halfPenalty, never quite 0.
func scoreOf(penalty float64) float64 {
	return math.Round(1000*halfPenalty/(halfPenalty+penalty)) / 10
}

// doubtShare is how much of a doubt counts.
const doubtShare = 0.5

// penaltyOf adds up the discrepancies, and half of what is to be expected on
// the topics without one.
func penaltyOf(claims []claim, findings []finding) float64 {
	sum := 0.0
	settled := map[int]bool{}
	for _, f := range findings {
		if f.kind != "" {
			sum += penalties[f.kind]
			settled[claims[f.claim].class] = true
		}
	}
	doubts := map[int]float64{}
	var order []int
	for _, f := range findings {
		if k := claims[f.claim].class; f.doubt > 0 && !settled[k] {
			if doubts[k] == 0 {
				order = append(order, k)
			}
			doubts[k] = max(doubts[k], f.doubt)
		}
	}
	for _, k := range order {
		sum += float64(doubtShare * doubts[k])
	}
	return sum
}

// resamples is how often the voices are drawn anew for the interval.
const resamples = 200

// interval says how much the score hangs on who happened to be asked: the 5th
// and 95th of a hundred scores when the voices of each group are drawn anew,
// as many as there are. The draw is seeded by a constant.
func interval(cat *Catalogue, claims []claim, table [][]position, voices []voice, score float64) [2]float64 {
	groups := map[Group][]int{}
	for v := range voices {
		groups[voices[v].group] = append(groups[voices[v].group], v)
	}
	rng := rand.New(rand.NewPCG(5, 15))
	scores := make([]float64, 0, resamples)
	weights := make([]int, len(voices))
	for range resamples {
		clear(weights)
		for _, g := range Groups() {
			for range groups[g] {
				weights[groups[g][rng.IntN(len(groups[g]))]]++
			}
		}
		scores = append(scores, scoreOf(penaltyOf(claims, settle(cat, claims, table, voices, weights))))
	}
	slices.Sort(scores)
	return [2]float64{min(scores[resamples/20], score), max(scores[resamples-1-resamples/20], score)}
}
