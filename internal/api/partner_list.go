package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/match"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// partnerView is a partner as the caller may see it: a
// [sqldb.PartnerDetail] or a [sqldb.PublicPartnerDetail].
type partnerView struct{ value any }

// MarshalJSON writes what the caller may see.
func (p partnerView) MarshalJSON() ([]byte, error) { return json.Marshal(p.value) }

// Schema describes both.
func (partnerView) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "Everything for administrators; without contact data for all others.", AnyOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[sqldb.PublicPartnerDetail](), true, "PublicPartnerDetail"),
		r.Schema(reflect.TypeFor[sqldb.PartnerDetail](), true, "PartnerDetail")}}
}

type partnerDetailOutput struct {
	Body struct {
		Success bool        `json:"success"`
		Partner partnerView `json:"partner"`
	}
}

// partnerDetail answers with a partner.
func (s *Server) partnerDetail(ctx context.Context, in *IDPath) (*partnerDetailOutput, error) {
	row, err := sqldb.PartnerByID(ctx, s.opts.DB, in.ID)
	if err != nil {
		return nil, err
	}
	caller := who(ctx)
	own := caller.UserType == tpe.UserPartner && number(caller.PartnerID) == in.ID
	if caller.UserType != tpe.UserAdmin && !own && !row.IsActive.Bool {
		return nil, tpe.Errorf(tpe.NotFound, "Partner not found")
	}
	out := &partnerDetailOutput{}
	out.Body.Success, out.Body.Partner = true, partnerView{row.Public()}
	if caller.UserType == tpe.UserAdmin {
		out.Body.Partner.value = row
	}
	return out, nil
}

type partnersInput struct {
	Paging
	Active string `query:"active" enum:"true,false" doc:"only those that are active, or only those that are not"`
}

type partnersOutput struct {
	Body struct {
		PageInfo
		Partners []sqldb.Partner `json:"partners"`
	}
}

// partners lists partners.
func (s *Server) partners(ctx context.Context, in *partnersInput) (*partnersOutput, error) {
	var f sqldb.PartnerFilter
	if in.Active != "" {
		f.Active = ptr(in.Active == "true")
	}
	return s.partnersOf(ctx, f, in.page())
}

func (s *Server) partnersOf(ctx context.Context, f sqldb.PartnerFilter, p sqldb.Page) (*partnersOutput, error) {
	rows, err := sqldb.Partners(ctx, s.opts.DB, f, p)
	if err != nil {
		return nil, err
	}
	out := &partnersOutput{}
	out.Body.PageInfo, out.Body.Partners = pageOf(rows), rows.Items
	return out, nil
}

// BodyPaging is paging within the body of a search.
type BodyPaging struct {
	Limit  whole  `json:"limit,omitempty" minimum:"1" maximum:"500" doc:"rows of a page; 50 when it is left out"`
	Offset whole  `json:"offset,omitempty" minimum:"0" maximum:"1000000000"`
	Cursor string `json:"cursor,omitempty" pattern:"^(-?[0-9]{1,19}([.][0-9]{1,20})?_[0-9]{1,15})?$" doc:"next_cursor of the page before"`
}

func (p BodyPaging) page() sqldb.Page {
	if p.Limit == 0 {
		p.Limit = 50
	}
	return sqldb.Page{Limit: int(p.Limit), Offset: int(p.Offset), After: p.Cursor}
}

type partnerSearchInput struct {
	Body struct {
		BodyPaging
		Query         string   `json:"query,omitempty" maxLength:"200" doc:"in the name, the descriptions, the contact's address or the website"`
		IsActive      *yesNo   `json:"is_active,omitempty"`
		FocusAreas    []string `json:"focus_areas,omitempty" maxItems:"50" nullable:"false" doc:"serves one of them"`
		RevenueRanges []string `json:"revenue_ranges,omitempty" maxItems:"50" nullable:"false" doc:"is for one of them"`
		ScoreFrom     *float64 `json:"score_from,omitempty"`
		ScoreTo       *float64 `json:"score_to,omitempty"`
	}
}

// searchPartners lists the partners that something is true of.
func (s *Server) searchPartners(ctx context.Context, in *partnerSearchInput) (*partnersOutput, error) {
	b := &in.Body
	return s.partnersOf(ctx, sqldb.PartnerFilter{Text: b.Query, Active: (*bool)(b.IsActive), FocusAreas: b.FocusAreas, RevenueRanges: b.RevenueRanges, ScoreFrom: b.ScoreFrom, ScoreTo: b.ScoreTo}, b.page())
}

type partnerStatsOutput struct {
	Body struct {
		Success bool            `json:"success"`
		Stats   partnerOverview `json:"stats"`
	}
}

type partnerOverview struct {
	sqldb.PartnerStats
	UniqueFocusAreas int                   `json:"unique_focus_areas"`
	Top              []sqldb.BookedPartner `json:"top_partners_by_bookings" nullable:"false"`
}

// partnerStats counts the partners.
func (s *Server) partnerStats(ctx context.Context, _ *struct{}) (*partnerStatsOutput, error) {
	stats, columns, top, err := sqldb.StatsOfPartners(ctx, s.opts.DB)
	if err != nil {
		return nil, err
	}
	areas := map[string]bool{}
	for _, c := range columns {
		for _, area := range match.Keys(c) {
			areas[area] = true
		}
	}
	out := &partnerStatsOutput{}
	out.Body.Success = true
	st := &out.Body.Stats
	st.PartnerStats, st.UniqueFocusAreas, st.Top = stats, len(areas), top
	return out, nil
}
