package validate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// maxSARIF is the number of results that code scanning shows of one run.
const maxSARIF = 5000

// sarifReporter writes one SARIF 2.1.0 log (OASIS, "Static Analysis Results
// Interchange Format Version 2.1.0").
type sarifReporter struct {
	w       io.Writer
	max     int64
	version string
	results []sarifResult
	rules   []sarifRule
	index   map[string]int
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	ColumnKind  string            `json:"columnKind"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
	Properties  map[string]any    `json:"properties"`
}

type sarifTool struct {
	Driver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	} `json:"driver"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifResult struct {
	RuleID     string            `json:"ruleId"`
	RuleIndex  int               `json:"ruleIndex"`
	Level      string            `json:"level"`
	Message    sarifText         `json:"message"`
	Locations  []sarifLocation   `json:"locations"`
	Properties map[string]string `json:"properties,omitempty"`
}

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region struct {
			StartLine   int `json:"startLine"`
			StartColumn int `json:"startColumn"`
		} `json:"region"`
	} `json:"physicalLocation"`
	Logical []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifLogical struct {
	FullyQualifiedName string `json:"fullyQualifiedName"`
}

func (r *sarifReporter) File(string) error { return nil }

func (r *sarifReporter) Fault(f *Fault) error {
	if int64(len(r.results)) == r.max {
		return nil
	}
	id := "tpe/" + strings.ReplaceAll(f.Rule, " ", "-")
	i, ok := r.index[id]
	if !ok {
		if r.index == nil {
			r.index = make(map[string]int)
		}
		i = len(r.rules)
		r.index[id] = i
		r.rules = append(r.rules, sarifRule{ID: id, ShortDescription: sarifText{"The contract's rule " + f.Rule + " does not hold"}})
	}
	res := sarifResult{RuleID: id, RuleIndex: i, Level: "error", Message: sarifText{f.text()}}
	var loc sarifLocation
	loc.Physical.Artifact.URI = fileURI(f.File)
	loc.Physical.Region.StartLine = max(1, f.Line)
	loc.Physical.Region.StartColumn = max(1, f.Column)
	if f.Pointer != "" {
		loc.Logical = []sarifLogical{{f.Pointer}}
	}
	res.Locations = []sarifLocation{loc}
	if f.ID != "" {
		res.Properties = map[string]string{"interaction_id": f.ID}
	}
	r.results = append(r.results, res)
	return nil
}

// fileURI returns the URI reference of a file: relative for a relative path.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	u := url.URL{Path: path}
	if strings.HasPrefix(path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}

func (r *sarifReporter) Close(s *Summary) error {
	run := sarifRun{
		ColumnKind: "unicodeCodePoints", Results: r.results,
		Invocations: []sarifInvocation{{ExecutionSuccessful: s.Unreadable == 0}},
		Properties:  map[string]any{"summary": s},
	}
	if run.Results == nil {
		run.Results = []sarifResult{}
	}
	run.Tool.Driver.Name, run.Tool.Driver.Version = "tpe", r.version
	run.Tool.Driver.Rules = r.rules
	if r.rules == nil {
		run.Tool.Driver.Rules = []sarifRule{}
	}
	if s.Faults > int64(len(r.results)) {
		run.Invocations[0].Notifications = []sarifNotification{{
			Level: "warning", Message: sarifText{fmt.Sprintf("%s. The first %d are listed.", s, len(r.results))},
		}}
	}
	enc := json.NewEncoder(r.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	})
}
