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
	none   int     // class of the topics that is none
}

// The classes of the stance. blamed sorts first.
const (
	blamed  = "blamed"
	praised = "praised"
)

func readSense(data []byte) (*sense, error) {
	s := &sense{topics: &linear{}, stance: &linear{}}
	rest, err := s.topics.unmarshal(data)
	if err == nil {
		_, err = s.stance.unmarshal(rest)
	}
	if err != nil {
		return nil, fmt.Errorf("read the weights of the examples: %w", err)
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
