package consistency

import (
	_ "embed"
	"fmt"
	"slices"
)

//go:embed sense.bin
var embeddedSense []byte

// sense tells from the examples what a wording that no cue knows is about,
// and whether it praises or blames.
type sense struct {
	topics *linear
	stance *linear // praised or blamed, given the topic
	idle   *linear // small talk, or of what companies do
	none   int     // class of the topics that is none
}

// The classes of the stance and of idle talk, in their order.
const (
	blamed   = "blamed"
	praised  = "praised"
	idleTalk = "idle"
	topical  = "topical"
)

func readSense(data []byte) (*sense, error) {
	s := &sense{topics: &linear{}, stance: &linear{}, idle: &linear{}}
	for _, m := range []*linear{s.topics, s.stance, s.idle} {
		var err error
		if data, err = m.unmarshal(data); err != nil {
			return nil, fmt.Errorf("read the weights of the examples: %w", err)
		}
	}
	s.none = slices.Index(s.topics.classes, noTopic)
	return s, nil
}

// blame is the probability that features speak against the topic of a salt.
// all are the sums of what holds for every topic, see [sense.general].
func (s *sense) blame(feats []feature, all leaning, salt uint64) float64 {
	s.stance.add(all.words[:], feats, salt)
	var p [2]float64
	s.stance.predict(p[:], all.words[:], all.meaning[:], 2*len(feats))
	return p[0]
}

// isIdle is the probability that a sentence is small talk, when one in three is.
func (s *sense) isIdle(feats []feature, mean meaning) float64 {
	var words, meant [2]int32
	var p [2]float64
	s.idle.add(words[:], feats, 0)
	s.idle.addMeaning(meant[:], mean)
	s.idle.predict(p[:], words[:], meant[:], len(feats))
	return p[0]
}

// leaning is what adds up for blame and for praise whatever the topic.
type leaning struct{ words, meaning [2]int32 }

// general adds up what features and a meaning say of praise and blame whatever
// the topic.
func (s *sense) general(feats []feature, mean meaning) leaning {
	var l leaning
	s.stance.add(l.words[:], feats, 0)
	s.stance.addMeaning(l.meaning[:], mean)
	return l
}

// saltOf marks the features that are of one topic.
func saltOf(topic string) uint64 { return hashWord(hashSeed, topic) }

func salted(hash, salt uint64) uint64 { return (hash ^ salt) * hashPrime }

// withTopic appends the features twice, for all topics and for this one: what
// is learnt holds in general, and for the topic in particular.
func withTopic(dst, feats []feature, topic string) []feature {
	dst = append(dst, feats...)
	salt := saltOf(topic)
	for _, f := range feats {
		f.hash = salted(f.hash, salt)
		dst = append(dst, f)
	}
	return dst
}
