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

// resamples is how often the voices are drawn anew for the interval.
const resamples = 200

// interval says how much the score hangs on who happened to be asked: the 5th
// and 95th of a hundred scores when the voices of each group are drawn anew,
// as many as there are. The draw is seeded by a constant.
func (j *jury) interval(score float64) [2]float64 {
	groups := map[Group][]int{}
	for v := range j.voices {
		groups[j.voices[v].group] = append(groups[j.voices[v].group], v)
	}
	rng := rand.New(rand.NewPCG(5, 15))
	scores := make([]float64, 0, resamples)
	weights := make([]int, len(j.voices))
	for range resamples {
		clear(weights)
		for _, g := range Groups() {
			members := groups[g]
			for range members {
				weights[members[rng.IntN(len(members))]]++
			}
		}
		j.settle(weights)
		scores = append(scores, scoreOf(j.penalty()))
	}
	slices.Sort(scores)
	return [2]float64{min(scores[resamples/20], score), max(scores[resamples-1-resamples/20], score)}
}
