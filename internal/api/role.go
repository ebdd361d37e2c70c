package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// role says who may call a route. Several can be joined: admin | partner.
type role uint8

// The roles. A contractor's token, and a partner's, open only what is theirs:
// where the path of a route under /api/contractors or /api/partners has an
// {id}, it must be their own.
const (
	public role = 0
	admin  role = 1 << iota
	partner
	contractor
	// visitor also lets a request without any token pass when the contractor
	// in the path has just been verified by the same caller, see
	// visit.visitor: the front end of the older service has no token for these
	// routes.
	visitor
)

// names returns the roles in words, for the OpenAPI document.
func (o role) names() []string {
	var list []string
	for bit, name := range map[role]string{admin: tpe.UserAdmin, partner: tpe.UserPartner, contractor: tpe.UserContractor} {
		if o&bit != 0 {
			list = append(list, name)
		}
	}
	return list
}

func roleOf(userType string) role {
	switch userType {
	case tpe.UserAdmin:
		return admin
	case tpe.UserPartner:
		return partner
	case tpe.UserContractor:
		return contractor
	}
	return public
}

// admit counts a request, and decides whether it may go on to its handler.
func (s *Server) admit(v *visit, r *http.Request, need role) error {
	if err := s.rates.check(v, r); err != nil {
		return err
	}
	return s.allow(v, r, need)
}

// allow decides whether a request may go on to its handler.
func (s *Server) allow(v *visit, r *http.Request, need role) error {
	if err := s.sameSite(r); err != nil {
		return err
	}
	if need == public {
		return nil
	}
	if tpe.CodeOf(v.refused) == tpe.Unavailable {
		return v.refused
	}
	if v.who.UserID == "" {
		if need&visitor != 0 && v.refused == nil && s.visitors.knows(r.PathValue("id"), v.visitor()) {
			v.who.UserID, v.who.UserType = r.PathValue("id"), tpe.UserContractor
			return nil
		}
		return unauthorized(need, v.refused)
	}
	have := roleOf(v.who.UserType)
	if need == partner && have != partner {
		return tpe.Errorf(tpe.Unauthorized, "Invalid token type") // as the partners' front end knows it
	}
	if need&have == 0 || !owns(v, r, have) {
		return tpe.Errorf(tpe.Forbidden, "Not authorized to access this route")
	}
	return nil
}

// speaksFor refuses who is neither a contractor nor an administrator, where a
// route that is open to everybody names the contractor.
func (s *Server) speaksFor(v *visit, id int64) error {
	name := strconv.FormatInt(id, 10)
	switch {
	case tpe.CodeOf(v.refused) == tpe.Unavailable:
		return v.refused
	case v.who.UserID == "" && (v.refused != nil || !s.visitors.knows(name, v.visitor())):
		return unauthorized(contractor, v.refused)
	case v.who.UserID != "" && v.who.UserType != tpe.UserAdmin && (v.who.UserType != tpe.UserContractor || v.who.UserID != name):
		return tpe.Errorf(tpe.Forbidden, "Not authorized to access this route")
	}
	return nil
}

// unauthorized says in the words that the front end knows that nobody is
// signed in.
func unauthorized(need role, refused error) error {
	e := &tpe.Error{Code: tpe.Unauthorized, Message: "Not authorized to access this route", Err: refused}
	if need&admin == 0 {
		e.Message = "Access denied. Please login to continue"
		if refused != nil {
			e.Message = refused.Error()
		}
	}
	return e
}

// owns reports whether the entity in the path is the caller's own.
func owns(v *visit, r *http.Request, have role) bool {
	id := r.PathValue("id")
	switch {
	case id == "" || have == admin:
		return true
	case have == contractor && strings.HasPrefix(v.route(), "/api/contractors/"):
		return id == v.who.UserID
	case have == partner && strings.HasPrefix(v.route(), "/api/partners/"):
		return id == v.who.PartnerID
	}
	return true
}

// number returns an id of an identity as a number; 0 when it is none.
func number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// sameSite refuses what a page of another site makes a browser send. Requests
// that carry their token in a header cannot be made that way.
func (s *Server) sameSite(r *http.Request) error {
	if first(r.Header, "Authorization") != "" {
		return nil
	}
	if err := s.crossOrigin.Check(r); err != nil {
		return &tpe.Error{Code: tpe.Forbidden, Message: "The request comes from another site", Hint: "FRONTEND_URL names the site that may send it", Err: err}
	}
	return nil
}
