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

// blame is the probability that features speak against a topic.
func (s *sense) blame(feats, room []feature, topic string) float64 {
	var p [2]float64
	s.stance.predict(p[:], withTopic(room, feats, topic))
	return p[0]
}

// withTopic appends the features twice, for all topics and for this one: what
// is learnt holds in general, and for the topic in particular.
func withTopic(dst, feats []feature, topic string) []feature {
	dst = append(dst, feats...)
	h := hashWord(hashSeed, topic)
	for _, f := range feats {
		f.hash = (f.hash ^ h) * hashPrime
		dst = append(dst, f)
	}
	return dst
}
