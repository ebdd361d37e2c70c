package upcast

import (
	"strings"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// callFields are the members of a call that lay at the top of the record.
var callFields = []string{"method", "path", "route", "query_params", "request_body", "response_status", "response_time_ms"}

func callInObject(r *record) (changed bool) {
	if r.kind != tpe.TypeAPICall || r.top.at("method") < 0 || r.top.at("api_call") >= 0 {
		return false
	}
	call := r.make("api_call")
	for _, name := range callFields {
		changed = r.move(r.top, name, call, name) || changed
	}
	return changed
}

func queryParamsText(r *record) (changed bool) {
	call := r.open(r.top, "api_call")
	if call == nil {
		return false
	}
	params := r.open(call, "query_params")
	if params == nil {
		return false
	}
	for i := range params.members {
		v := &params.members[i].value
		if !r.is(*v, tape.KindString) {
			*v = text(r.text(*v))
			changed = true
		}
	}
	return changed
}

func callFullPath(r *record) (changed bool) {
	call := r.open(r.top, "api_call")
	if call == nil || r.kind != tpe.TypeAPICall {
		return false
	}
	path, route := r.str(call, "path"), r.str(call, "route")
	if path == "" || call.at("path_relative") >= 0 {
		return false
	}
	if strings.HasPrefix(path, "/api/") {
		if route == "" || strings.HasPrefix(route, "/api/") {
			return false
		}
		router := routerOf(path)
		if router == "" {
			return false
		}
		call.set("route", text(join(router, route)))
		return true
	}
	router := r.router(call, route)
	if router == "" {
		call.set("path_relative", literal("true"))
		return true
	}
	call.set("path", text(join(router, path)))
	if route != "" {
		call.set("route", text(join(router, route)))
	}
	return true
}

// join puts a path below a router.
func join(router, path string) string {
	if path == "/" {
		return router
	}
	return router + path
}

// routerOf returns the router that serves a full path, or "".
func routerOf(path string) string {
	parts := strings.SplitN(path, "/", 4) // "", "api", router, rest
	for _, rt := range routes {
		if len(parts) >= 3 && rt.router == "/api/"+parts[2] {
			return rt.router
		}
	}
	return ""
}

// router finds the one router of the old service that can have answered a
// call with a relative path: by method and route, then by who called and
// what was sent. It returns "" when more than one remains.
func (r *record) router(call *object, route string) string {
	method := r.str(call, "method")
	admin := r.str(r.top, "user_type") == tpe.UserAdmin
	found := ""
	for _, rt := range routes {
		if rt.method != method || rt.route != route || rt.admin && !admin || rt.partner && admin || !r.sent(call, rt.sends) {
			continue
		}
		if found != "" {
			return ""
		}
		found = rt.router
	}
	return found
}

// sent says whether the call's body or query has a member among names; no
// names allow anything.
func (r *record) sent(call *object, names string) bool {
	if names == "" {
		return true
	}
	for _, in := range []string{"request_body", "query_params"} {
		o := r.open(call, in)
		if o == nil {
			continue
		}
		for _, m := range o.members {
			if strings.Contains(" "+names+" ", " "+m.name+" ") {
				return true
			}
		}
	}
	return false
}
