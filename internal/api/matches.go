package api

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/match"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

const (
	shownMatches  = 2 // partners that a contractor is shown
	storedMatches = 3 // partners that are stored as matches
)

type matchesInput struct {
	IDPath
	FocusAreaIndex string `query:"focusAreaIndex" maxLength:"4" pattern:"^[0-9]*$" doc:"which of the contractor's focus areas counts most; 0 is the first"`
}

// Matched is what is said of every match.
type Matched struct {
	MatchScore   int          `json:"matchScore" doc:"0 to 100"`
	MatchReasons []string     `json:"matchReasons" nullable:"false"`
	MatchParts   []match.Part `json:"matchParts" nullable:"false" doc:"what the score is the weighed sum of"`
}

func matchedBy(m match.Match) Matched { return Matched{m.Score, m.Reasons, m.Parts} }

// matchedPartner is a partner with the lists that the front end reads as
// lists.
type matchedPartner struct {
	sqldb.PublicPartner
	FocusAreasServed   []string `json:"focus_areas_served" nullable:"false"`
	TargetRevenueRange []string `json:"target_revenue_range" nullable:"false"`
	GeographicRegions  []string `json:"geographic_regions" nullable:"false"`
	KeyDifferentiators []string `json:"key_differentiators" nullable:"false"`
}

type partnerMatch struct {
	Partner matchedPartner `json:"partner"`
	Matched
}

type podcastMatch struct {
	sqldb.Podcast
	Topics []string `json:"topics" nullable:"false"`
	Matched
}

type eventMatch struct {
	sqldb.Event
	Matched
}

type manufacturerMatch struct {
	sqldb.Manufacturer
	ProductCategories []string `json:"product_categories" nullable:"false"`
	Matched
}

// echo is the parameter focusAreaIndex as it came: a text, or the number 0
// when it was left out.
type echo string

// MarshalJSON writes either form.
func (e echo) MarshalJSON() ([]byte, error) {
	if e == "" {
		return []byte("0"), nil
	}
	return json.Marshal(string(e))
}

// Schema describes both forms.
func (echo) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger, Enum: []any{0}}}}
}

// orNull is a value that may not be there.
type orNull[T any] struct{ value *T }

// MarshalJSON writes the value or null.
func (o orNull[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.value) }

// Schema describes the value or null.
func (orNull[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, reflect.TypeFor[T]().Name()), {Type: "null"}}}
}

type matchesBody struct {
	Success           bool                      `json:"success"`
	Matches           []partnerMatch            `json:"matches" nullable:"false"`
	PodcastMatch      orNull[podcastMatch]      `json:"podcastMatch"`
	EventMatch        orNull[eventMatch]        `json:"eventMatch"`
	ManufacturerMatch orNull[manufacturerMatch] `json:"manufacturerMatch"`
	CurrentFocusArea  *string                   `json:"currentFocusArea"`
	AllFocusAreas     []string                  `json:"allFocusAreas" nullable:"false"`
	FocusAreaIndex    echo                      `json:"focusAreaIndex"`
}

type matchesOutput struct{ Body matchesBody }

// matchTries is how often matches are looked for when a partner that was found
// is deleted before it is stored.
const matchTries = 5

// matches answers with the partners that fit a contractor best, and stores
// them. Each one that is shown is one outcome.
func (s *Server) matches(ctx context.Context, in *matchesInput) (out *matchesOutput, err error) {
	for range matchTries {
		if out, err = s.match(ctx, in); tpe.CodeOf(err) != tpe.Conflict {
			break
		}
	}
	return out, err
}

func (s *Server) match(ctx context.Context, in *matchesInput) (*matchesOutput, error) {
	row, err := sqldb.ContractorByID(ctx, s.opts.DB, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.CandidatesFor(ctx, s.opts.DB)
	if err != nil {
		return nil, err
	}
	index, _ := strconv.Atoi(in.FocusAreaIndex) // empty: the first
	looking, area := contractorFor(row).Focused(index)
	out := &matchesOutput{}
	b := &out.Body
	b.Success, b.FocusAreaIndex, b.Matches = true, echo(in.FocusAreaIndex), []partnerMatch{}
	b.AllFocusAreas = append([]string{}, contractorFor(row).FocusAreas...)
	if area != "" {
		b.CurrentFocusArea = &area
	}
	best := bestPartners(looking, all.Partners)
	for _, m := range best[:min(shownMatches, len(best))] {
		b.Matches = append(b.Matches, partnerMatch{matchedPartnerOf(m.row), matchedBy(m.Match)})
	}
	b.resources(looking, all, s.opts.Now())
	var store []sqldb.NewMatch
	for _, m := range best[:min(storedMatches, len(best))] {
		store = append(store, sqldb.NewMatch{PartnerID: m.ID, Score: int64(m.Score), Reasons: m.Reasons})
	}
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		if err := sqldb.ReplaceMatches(ctx, tx, in.ID, store); err != nil {
			return err
		}
		for i, m := range b.Matches {
			if _, err := s.happened(ctx, tx, matchOutcome(row, b.AllFocusAreas, m, i == 0, out)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func matchOutcome(row sqldb.Contractor, areas []string, m partnerMatch, primary bool, out *matchesOutput) outcome {
	partner := idText(m.Partner.ID)
	meta := object{"focus_areas": areas}
	if row.CurrentStage.String != "" {
		meta["contractor_stage"] = row.CurrentStage.String
	}
	if tier := match.Key(row.AnnualRevenue.String); tier != "" {
		meta["revenue_tier"] = tier
	}
	return outcome{Type: tpe.TypePartnerMatch, Fields: object{
		"partner_id": partner,
		"outcomes": object{"partner_matched": true, "partner_id": partner, "contractor_id": idText(row.ID), "match_score": m.MatchScore, "match_reasons": m.MatchReasons, "primary_match": primary,
			"podcast_matched": out.Body.PodcastMatch.value != nil, "event_matched": out.Body.EventMatch.value != nil},
		"metadata": meta,
	}}
}

// contractorFor reads what the columns of a contractor say.
func contractorFor(row sqldb.Contractor) match.Contractor {
	c := match.Contractor{
		FocusAreas: match.Keys(row.FocusAreas.String), Primary: match.Key(row.PrimaryFocusArea.String), Revenue: match.Key(row.AnnualRevenue.String),
		ServiceArea: row.ServiceArea.String, Services: match.List(row.ServicesOffered.String),
		MoreTools: row.IncreasedTools.Bool, MorePeople: row.IncreasedPeople.Bool, MoreActivity: row.IncreasedActivity.Bool,
	}
	for _, column := range []sqldb.Text{row.TechStackSales, row.TechStackOperations, row.TechStackMarketing, row.TechStackCustomerExperience, row.TechStackProjectManagement, row.TechStackAccountingFinance,
		row.TechStackSalesOther, row.TechStackOperationsOther, row.TechStackMarketingOther, row.TechStackCustomerExperienceOther, row.TechStackProjectManagementOther, row.TechStackAccountingFinanceOther} {
		c.Tools = append(c.Tools, match.List(column.String)...)
	}
	return c
}

// rated is a partner's match with its row.
type rated struct {
	match.Match
	row sqldb.PublicPartner
}

func bestPartners(c match.Contractor, rows []sqldb.PublicPartner) []rated {
	byID := make(map[int64]sqldb.PublicPartner, len(rows))
	list := make([]match.Partner, 0, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
		p := match.Partner{ID: row.ID, FocusAreas: match.Keys(row.FocusAreasServed.String), Revenue: match.Keys(row.TargetRevenueRange.String), Confidence: row.PowerConfidenceScore.Float}
		for _, column := range []sqldb.Text{row.TechStackCRM, row.TechStackProject, row.TechStackCommunication, row.TechStackAnalytics, row.TechStackMarketing, row.TechStackFinancial} {
			p.Tools = append(p.Tools, match.List(column.String)...)
		}
		list = append(list, p)
	}
	var out []rated
	for _, m := range match.Partners(c, list) {
		out = append(out, rated{m, byID[m.ID]})
	}
	return out
}

func matchedPartnerOf(row sqldb.PublicPartner) matchedPartner {
	return matchedPartner{PublicPartner: row, FocusAreasServed: listOf(row.FocusAreasServed), TargetRevenueRange: listOf(row.TargetRevenueRange),
		GeographicRegions: listOf(row.GeographicRegions), KeyDifferentiators: listOf(row.KeyDifferentiators)}
}

// listOf reads a column that should hold a JSON list; it is never nil.
func listOf(column sqldb.Text) []string { return append([]string{}, match.List(column.String)...) }

// resources adds the podcast, the event and the manufacturer that fit best.
func (b *matchesBody) resources(c match.Contractor, all sqldb.Candidates, now time.Time) {
	var podcasts []match.Podcast
	for _, p := range all.Podcasts {
		podcasts = append(podcasts, match.Podcast{ID: p.ID, FocusAreas: match.Keys(p.FocusAreasCovered.String), Topics: match.List(p.Topics.String)})
	}
	if m, ok := match.BestPodcast(c, podcasts); ok {
		row := rowOf(all.Podcasts, m.ID, func(p sqldb.Podcast) int64 { return p.ID })
		b.PodcastMatch.value = &podcastMatch{row, listOf(row.Topics), matchedBy(m)}
	}
	var events []match.Event
	for _, e := range all.Events {
		events = append(events, match.Event{ID: e.ID, FocusAreas: match.Keys(e.FocusAreasCovered.String), Date: dayOf(e.Date), Deadline: dayOf(e.RegistrationDeadline),
			Location: e.Location.String, Format: e.Format.String})
	}
	if m, ok := match.BestEvent(c, events, now); ok {
		b.EventMatch.value = &eventMatch{rowOf(all.Events, m.ID, func(e sqldb.Event) int64 { return e.ID }), matchedBy(m)}
	}
	var makers []match.Manufacturer
	for _, p := range all.Manufacturers {
		makers = append(makers, match.Manufacturer{ID: p.ID, FocusAreas: match.Keys(p.FocusAreasServed.String), Products: match.List(p.ProductCategories.String),
			Rating: p.ContractorRating.Float, Training: p.TrainingProvided.Bool, Confidence: p.PowerConfidenceScore.Float})
	}
	if m, ok := match.BestManufacturer(c, makers); ok {
		row := rowOf(all.Manufacturers, m.ID, func(p sqldb.Manufacturer) int64 { return p.ID })
		b.ManufacturerMatch.value = &manufacturerMatch{row, listOf(row.ProductCategories), matchedBy(m)}
	}
}

// rowOf returns the row of an id, which must be there.
func rowOf[T any](rows []T, id int64, idOf func(T) int64) T {
	return rows[slices.IndexFunc(rows, func(row T) bool { return idOf(row) == id })]
}

// dayOf reads a column that should hold a day; zero when it does not.
func dayOf(column sqldb.Text) time.Time {
	var t sqldb.Time
	_ = t.Scan(column.String) // Scan takes any value
	return t.Time.Truncate(24 * time.Hour)
}
