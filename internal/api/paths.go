package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// dotted reports whether a path has a segment that leads elsewhere: "." or
// "..", also where a service behind may cut it off differently.
func dotted(path string) bool {
	if strings.IndexByte(path, '.') < 0 {
		return false
	}
	for segment := range strings.FieldsFuncSeq(path, func(c rune) bool { return c == '/' || c == '\\' }) {
		if name, _, _ := strings.Cut(segment, ";"); name == "." || name == ".." {
			return true
		}
	}
	return false
}

// patterns are the paths of the routes, in segments; of those that match a
// path the first is the one that the mux prefers.
type patterns [][]string

func (p *patterns) add(path string) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if !slices.ContainsFunc(*p, func(s []string) bool { return slices.Equal(s, segments) }) {
		*p = append(*p, segments)
	}
}

// sort puts a word before a parameter in its place.
func (p patterns) sort() {
	slices.SortStableFunc(p, slices.Compare) // "{" comes after every letter
}

func wild(segment string) bool { return strings.HasPrefix(segment, "{") }

// meant returns the request with the path of the route that it means, when
// its path differs from that only by case, slashes or how they are written:
// the older service takes such paths for the same route, so that they must
// not reach it past the checks of ours. It is nil when there is none.
func (p patterns) meant(r *http.Request) *http.Request {
	segments := strings.FieldsFunc(r.URL.Path, func(c rune) bool { return c == '/' })
	fits := func(pattern []string) bool {
		return slices.EqualFunc(pattern, segments, func(a, b string) bool { return wild(a) || strings.EqualFold(a, b) })
	}
	i := slices.IndexFunc(p, fits)
	if i < 0 {
		return nil
	}
	plain, escaped := "", ""
	for n, segment := range p[i] {
		if wild(segment) {
			segment = segments[n]
		}
		plain += "/" + segment
		escaped += "/" + url.PathEscape(segment)
	}
	if plain == r.URL.Path && escaped == r.URL.EscapedPath() {
		return nil
	}
	changed, target := *r, *r.URL
	target.Path, target.RawPath = plain, escaped
	changed.URL = &target
	return &changed
}
