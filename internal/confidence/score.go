// Package confidence computes a partner's PowerConfidence score: how sure a
// contractor can be of the partner, from 0 to 100. It does no I/O and knows
// nothing of the database; the same ratings give the same score.
package confidence

import "math"

// Rating is what one contractor said in a survey, each from 1 to 10. Zero
// stands for a question that was left out.
type Rating struct {
	Overall, Communication, Service, Value, Recommend float64
}

// The weights of the questions. Those of questions that were left out fall
// to the others.
const (
	weightOverall       = 0.40
	weightCommunication = 0.15
	weightService       = 0.15
	weightValue         = 0.15
	weightRecommend     = 0.15
)

// Prior is the score of a partner of whom nothing is known, and priorCount
// how many ratings it weighs as much as: a single answer moves a score, and
// does not make it.
const (
	Prior      = 75.0
	priorCount = 3
)

// weightConsistency is the part of the score that the consistency of the
// stakeholders' messages has, where it is known.
const weightConsistency = 0.2

// Of returns the mean of the questions that were answered, from 0 to 100. It
// is false when none was.
func (r Rating) Of() (score float64, ok bool) {
	sum, weight := 0.0, 0.0
	for _, q := range []struct{ value, weight float64 }{
		{r.Overall, weightOverall}, {r.Communication, weightCommunication}, {r.Service, weightService},
		{r.Value, weightValue}, {r.Recommend, weightRecommend},
	} {
		if q.value > 0 {
			sum += float64(q.value * q.weight)
			weight += q.weight
		}
	}
	if weight == 0 {
		return 0, false
	}
	return 10 * sum / weight, true
}

// Score returns the score of a partner and how many ratings it rests on:
//
//	feedback = (3*75 + the sum of the ratings) / (3 + their number)
//	score    = feedback, or 0.8*feedback + 0.2*consistency where that is known
//
// rounded to a whole number. It is false when there is neither a rating nor a
// consistency, which leaves a score as it is.
func Score(ratings []Rating, consistency *float64) (score, count int, ok bool) {
	sum := Prior * priorCount
	for _, r := range ratings {
		if s, answered := r.Of(); answered {
			sum += s
			count++
		}
	}
	if count == 0 && consistency == nil {
		return 0, 0, false
	}
	s := sum / float64(priorCount+count)
	if consistency != nil {
		s = float64((1-weightConsistency)*s) + float64(weightConsistency**consistency)
	}
	return int(math.Round(min(max(s, 0), 100))), count, true
}

// Trend says in a word where a score went: up, down or stable.
func Trend(before, after int) string {
	switch {
	case after > before:
		return "up"
	case after < before:
		return "down"
	}
	return "stable"
}

// NPS returns the net promoter score of answers from 1 to 10, from -100 to
// 100: the share of nines and tens less that of six and below (F. Reichheld,
// "The One Number You Need to Grow", 2003). It is false without an answer.
func NPS(answers []float64) (nps int, ok bool) {
	balance, n := 0, 0
	for _, a := range answers {
		switch {
		case a <= 0:
			continue
		case a >= 9:
			balance++
		case a <= 6:
			balance--
		}
		n++
	}
	if n == 0 {
		return 0, false
	}
	return int(math.Round(100 * float64(balance) / float64(n))), true
}
