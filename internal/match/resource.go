package match

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Podcast is what is known of a podcast.
type Podcast struct {
	ID         int64
	FocusAreas []string // focus_areas_covered
	Topics     []string
}

// Event is what is known of an event. The days are midnight UTC; zero when
// they are not known.
type Event struct {
	ID         int64
	FocusAreas []string // focus_areas_covered
	Date       time.Time
	Deadline   time.Time // of the registration
	Location   string    // "Philadelphia, PA", "Online"
	Format     string    // In-Person, Virtual, Hybrid
}

// Manufacturer is what is known of a manufacturer.
type Manufacturer struct {
	ID         int64
	FocusAreas []string // focus_areas_served
	Products   []string // product_categories
	Rating     float64  // contractor_rating, 0 to 5
	Training   bool
	Confidence float64 // power_confidence_score, 0 to 100
}

// BestPodcast returns the podcast that fits best, and false when none covers
// a focus area of the contractor. 80% of the score are the focus areas, 20%
// the topics: half of them for one that a focus area speaks of, all for two.
func BestPodcast(c Contractor, podcasts []Podcast) (Match, bool) {
	var out []Match
	for _, p := range podcasts {
		shared := common(c.FocusAreas, p.FocusAreas)
		if len(shared) == 0 {
			continue
		}
		topics := about(p.Topics, c.FocusAreas)
		reasons := []string{"Covers your focus areas: " + words(shared)}
		if len(topics) > 0 {
			reasons = append(reasons, "Talks about "+strings.Join(topics, ", "))
		}
		out = append(out, newMatch(p.ID, []Part{
			{"focus_areas", .80, coverScore(c, p.FocusAreas)},
			{"topics", .20, math.Min(100, 50*float64(len(topics)))},
		}, reasons))
	}
	return best(out)
}

// BestEvent returns the event that fits best of those that can still be
// joined today, and false when none covers a focus area of the contractor.
// 70% of the score are the focus areas, 15% the way there (100 online or in
// the contractor's place, 75 in the state, 25 elsewhere, 50 when it is not
// known), 15% the time left (100 from two weeks to half a year, 50 otherwise
// or when the date is not known).
func BestEvent(c Contractor, events []Event, today time.Time) (Match, bool) {
	today = today.UTC().Truncate(24 * time.Hour)
	var out []Match
	for _, e := range events {
		shared := common(c.FocusAreas, e.FocusAreas)
		if len(shared) == 0 || before(e.Date, today) || before(e.Deadline, today) {
			continue
		}
		reach, why := reachScore(c.ServiceArea, e)
		when := 50.0
		reasons := []string{"Covers your focus areas: " + words(shared)}
		if why != "" {
			reasons = append(reasons, why)
		}
		if days := e.Date.Sub(today).Hours() / 24; !e.Date.IsZero() && days >= 14 && days <= 183 {
			when = 100
			reasons = append(reasons, "Leaves time to plan: "+e.Date.Format("January 2, 2006"))
		}
		out = append(out, newMatch(e.ID, []Part{
			{"focus_areas", .70, coverScore(c, e.FocusAreas)}, {"location", .15, reach}, {"date", .15, when},
		}, reasons))
	}
	return best(out)
}

// BestManufacturer returns the manufacturer that fits best, and false when
// none serves a focus area or a service of the contractor. 50% of the score
// are the focus areas, 20% products for the contractor's services (50 when
// they are not known), 15% the rating by contractors, 10% the PowerConfidence
// score, 5% training.
func BestManufacturer(c Contractor, all []Manufacturer) (Match, bool) {
	var out []Match
	for _, m := range all {
		shared := common(c.FocusAreas, m.FocusAreas)
		products := about(m.Products, c.Services)
		if len(shared) == 0 && len(products) == 0 {
			continue
		}
		fit := 50.0
		if len(c.Services) > 0 && len(m.Products) > 0 {
			fit = 0
		}
		var reasons []string
		if len(shared) > 0 {
			reasons = append(reasons, "Supports your focus areas: "+words(shared))
		}
		if len(products) > 0 {
			fit = 100
			reasons = append(reasons, "Makes what you install: "+strings.Join(products, ", "))
		}
		if m.Rating >= 4 && m.Rating <= 5 {
			reasons = append(reasons, "Rated "+number(m.Rating)+" of 5 by contractors")
		}
		training := 0.0
		if m.Training {
			training = 100
			reasons = append(reasons, "Trains your crews")
		}
		out = append(out, newMatch(m.ID, []Part{
			{"focus_areas", .50, coverScore(c, m.FocusAreas)}, {"products", .20, fit}, {"rating", .15, percent(m.Rating * 20)},
			{"power_confidence", .10, percent(m.Confidence)}, {"training", .05, training},
		}, reasons))
	}
	return best(out)
}

// best returns the first of the best scores, by id.
func best(matches []Match) (Match, bool) {
	if len(matches) == 0 {
		return Match{}, false
	}
	return slices.MinFunc(matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	}), true
}

// coverScore is focusScore out of the points that the contractor's own areas
// can give, so that covering all of a short list is 100 too.
func coverScore(c Contractor, covered []string) float64 {
	most := focusScore(c, append(slices.Clone(c.FocusAreas), c.Primary))
	if most == 0 {
		return 0
	}
	return focusScore(c, covered) / most * 100
}

// about returns the phrases that share the stem of a word with the keys.
func about(phrases, keys []string) []string {
	stems := map[string]bool{}
	for _, k := range keys {
		for _, w := range significant(k) {
			stems[w] = true
		}
	}
	var out []string
	for _, p := range phrases {
		if slices.ContainsFunc(significant(p), func(w string) bool { return stems[w] }) {
			out = append(out, p)
		}
	}
	return out
}

// significant returns the words of a text, small and cut to five letters:
// roofing and roof become one, market and marketing too.
func significant(s string) []string {
	var out []string
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return r < '0' || r > '9' && r < 'a' || r > 'z' && r < 0x80 }) {
		w = strings.TrimSuffix(strings.TrimSuffix(w, "s"), "ing")
		if len(w) < 4 || w == "business" || w == "higher" || w == "percentage" {
			continue
		}
		out = append(out, w[:min(5, len(w))])
	}
	return out
}

func before(day, today time.Time) bool { return !day.IsZero() && day.Before(today) }

// reachScore says how far the event is from the contractor's service area.
func reachScore(area string, e Event) (float64, string) {
	format := strings.ToLower(e.Format)
	if strings.Contains(format, "virtual") || strings.Contains(format, "online") || strings.Contains(format, "hybrid") || strings.EqualFold(e.Location, "online") {
		return 100, "Can be joined online"
	}
	city, state := place(area)
	otherCity, otherState := place(e.Location)
	switch {
	case state == "" || otherState == "":
		return 50, ""
	case state == otherState && city == otherCity:
		return 100, "Takes place in " + e.Location
	case state == otherState:
		return 75, "Takes place in your state: " + e.Location
	default:
		return 25, ""
	}
}

// place reads "Columbus, OH".
func place(s string) (city, state string) {
	city, state, _ = strings.Cut(s, ",")
	city, state = strings.ToLower(strings.TrimSpace(city)), strings.ToUpper(strings.TrimSpace(state))
	if len(state) != 2 {
		return city, ""
	}
	return city, state
}
