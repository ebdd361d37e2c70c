package api

import (
	"context"
	"encoding/json"

	"github.com/power100/tpe/internal/sqldb"
)

type profileInput struct {
	IDPath
	Body struct {
		ServiceArea       *text     `json:"service_area,omitempty"`
		ServicesOffered   *[]string `json:"services_offered,omitempty" maxItems:"100"`
		FocusAreas        *[]string `json:"focus_areas,omitempty" maxItems:"100"`
		PrimaryFocusArea  *text     `json:"primary_focus_area,omitempty"`
		AnnualRevenue     *text     `json:"annual_revenue,omitempty"`
		TeamSize          *amount   `json:"team_size,omitempty"`
		IncreasedTools    *yesNo    `json:"increased_tools,omitempty"`
		IncreasedPeople   *yesNo    `json:"increased_people,omitempty"`
		IncreasedActivity *yesNo    `json:"increased_activity,omitempty"`
		CurrentStage      string    `json:"current_stage,omitempty" enum:"verification,focus_selection,profiling,tech_stack,matching,completed"`
	}
}

// nothingToUpdate is said to who changes a row and names none of its columns.
const nothingToUpdate = "No valid fields to update"

type contractorOutput struct {
	Body struct {
		Success    bool             `json:"success"`
		Contractor sqldb.Contractor `json:"contractor"`
	}
}

func contractorRow(row sqldb.Contractor) *contractorOutput {
	out := &contractorOutput{}
	out.Body.Success, out.Body.Contractor = true, row
	return out
}

// profile answers with a contractor's own row.
func (s *Server) profile(ctx context.Context, in *IDPath) (*contractorOutput, error) {
	row, err := sqldb.ContractorByID(ctx, s.opts.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return contractorRow(row), nil
}

// updateProfile changes what a contractor says of the company. Members that
// are not known are ignored.
func (s *Server) updateProfile(ctx context.Context, in *profileInput) (*contractorOutput, error) {
	b := &in.Body
	var sets columns
	sets.text("service_area", b.ServiceArea)
	sets.list("services_offered", b.ServicesOffered)
	sets.list("focus_areas", b.FocusAreas)
	sets.text("primary_focus_area", b.PrimaryFocusArea)
	sets.text("annual_revenue", b.AnnualRevenue)
	sets.whole("team_size", b.TeamSize)
	sets.yesNo("increased_tools", b.IncreasedTools)
	sets.yesNo("increased_people", b.IncreasedPeople)
	sets.yesNo("increased_activity", b.IncreasedActivity)
	if b.CurrentStage != "" {
		sets.add("current_stage", b.CurrentStage)
	}
	var row sqldb.Contractor
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		row, err = sqldb.UpdateContractor(ctx, tx, in.ID, sets)
		return err
	})
	if err != nil {
		return nil, err
	}
	return contractorRow(row), nil
}

// columns gathers the columns that a request sets.
type columns []sqldb.Set

func (c *columns) add(name string, value any) {
	*c = append(*c, sqldb.Set{Column: name, Value: value})
}

func (c *columns) text(name string, t *text) {
	if t != nil {
		c.add(name, string(*t))
	}
}

func (c *columns) list(name string, l *[]string) {
	if l != nil {
		c.add(name, jsonText(*l))
	}
}

func (c *columns) whole(name string, a *amount) {
	if a != nil {
		c.add(name, int64(*a))
	}
}

func (c *columns) yesNo(name string, f *yesNo) {
	if f != nil {
		c.add(name, bool(*f))
	}
}

// jsonText writes a value for a column that holds JSON; a list that is not
// there is an empty one.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // values of requests always marshal
	}
	if string(b) == "null" {
		return "[]"
	}
	return string(b)
}
