package upcast

// route is an endpoint of the old service.
type route struct {
	router  string // where the router was mounted
	method  string
	route   string // the pattern within the router, as records have it
	admin   bool   // only administrators got through to the router's answer
	partner bool   // only partners did, whom records call anonymous
	sends   string // where several routers have the route: what only this one's callers send
}

// routes are the endpoints that answered. Refused calls went through the
// global handler, which wrote full paths.
var routes = []route{
	{router: "/api/auth", method: "POST", route: "/login"},
	{router: "/api/auth", method: "POST", route: "/logout"},
	{router: "/api/auth", method: "GET", route: "/me", admin: true},
	{router: "/api/auth", method: "PUT", route: "/update-password", admin: true},

	{router: "/api/contractors", method: "POST", route: "/verify-start"},
	{router: "/api/contractors", method: "POST", route: "/verify-code"},
	{router: "/api/contractors", method: "PUT", route: "/:id/profile"},
	{router: "/api/contractors", method: "GET", route: "/:id/matches"},
	{router: "/api/contractors", method: "POST", route: "/:id/complete"},
	{router: "/api/contractors", method: "GET", route: "/", admin: true},
	{router: "/api/contractors", method: "GET", route: "/:id", admin: true},
	{router: "/api/contractors", method: "DELETE", route: "/:id", admin: true},
	{router: "/api/contractors", method: "GET", route: "/stats/overview", admin: true},

	{router: "/api/partners", method: "GET", route: "/active"},
	{router: "/api/partners", method: "GET", route: "/:id"},
	{router: "/api/partners", method: "GET", route: "/", admin: true},
	{router: "/api/partners", method: "POST", route: "/", admin: true},
	{router: "/api/partners", method: "PUT", route: "/:id", admin: true, sends: "company_name description logo_url website contact_email contact_phone focus_areas_served target_revenue_range power_confidence_score key_differentiators pricing_model onboarding_url demo_booking_url is_active"},
	{router: "/api/partners", method: "DELETE", route: "/:id", admin: true},
	{router: "/api/partners", method: "PUT", route: "/:id/toggle-status", admin: true},
	{router: "/api/partners", method: "GET", route: "/stats/overview", admin: true},

	{router: "/api/bookings", method: "GET", route: "/", admin: true},
	{router: "/api/bookings", method: "GET", route: "/:id", admin: true},
	{router: "/api/bookings", method: "PUT", route: "/:id", admin: true, sends: "status scheduled_date notes meeting_link"},
	{router: "/api/bookings", method: "DELETE", route: "/:id", admin: true},
	{router: "/api/bookings", method: "GET", route: "/stats/overview", admin: true},

	{router: "/api/admin", method: "GET", route: "/dashboard", admin: true},
	{router: "/api/admin", method: "GET", route: "/export/contractors", admin: true},
	{router: "/api/admin", method: "GET", route: "/export/partners", admin: true},
	{router: "/api/admin", method: "GET", route: "/export/bookings", admin: true},

	{router: "/api/bulk", method: "POST", route: "/contractors/update", admin: true},
	{router: "/api/bulk", method: "POST", route: "/contractors/delete", admin: true},
	{router: "/api/bulk", method: "POST", route: "/contractors/export", admin: true},
	{router: "/api/bulk", method: "POST", route: "/partners/update", admin: true},
	{router: "/api/bulk", method: "POST", route: "/partners/toggle-status", admin: true},
	{router: "/api/bulk", method: "POST", route: "/partners/export", admin: true},

	{router: "/api/feedback", method: "POST", route: "/submit-response"},
	{router: "/api/feedback", method: "GET", route: "/surveys", admin: true},
	{router: "/api/feedback", method: "POST", route: "/surveys", admin: true},
	{router: "/api/feedback", method: "GET", route: "/analytics/partner/:partnerId", admin: true},
	{router: "/api/feedback", method: "GET", route: "/analytics/dashboard", admin: true},
	{router: "/api/feedback", method: "POST", route: "/powerconfidence/update", admin: true},

	{router: "/api/sms", method: "POST", route: "/opt-out"},
	{router: "/api/sms", method: "GET", route: "/subscriptions", admin: true},
	{router: "/api/sms", method: "POST", route: "/subscriptions", admin: true},
	{router: "/api/sms", method: "GET", route: "/campaigns", admin: true},
	{router: "/api/sms", method: "POST", route: "/campaigns", admin: true},
	{router: "/api/sms", method: "POST", route: "/campaigns/:id/launch", admin: true},
	{router: "/api/sms", method: "GET", route: "/analytics", admin: true},

	{router: "/api/partner-auth", method: "POST", route: "/login"},
	{router: "/api/partner-auth", method: "POST", route: "/logout"},
	{router: "/api/partner-auth", method: "GET", route: "/test", partner: true},
	{router: "/api/partner-auth", method: "GET", route: "/profile", partner: true},
	{router: "/api/partner-auth", method: "PUT", route: "/change-password", partner: true},

	{router: "/api/partner-portal", method: "GET", route: "/dashboard", partner: true},
	{router: "/api/partner-portal", method: "GET", route: "/feedback", partner: true},
	{router: "/api/partner-portal", method: "POST", route: "/export-report", partner: true},

	{router: "/api/partners-enhanced", method: "GET", route: "/list", admin: true},
	{router: "/api/partners-enhanced", method: "GET", route: "/:partnerId/analytics", admin: true},
	{router: "/api/partners-enhanced", method: "PUT", route: "/:partnerId/powerconfidence", admin: true},

	{router: "/api/ai-coach", method: "GET", route: "/access-status", admin: true},
	{router: "/api/ai-coach", method: "GET", route: "/conversations", admin: true},
	{router: "/api/ai-coach", method: "POST", route: "/message", admin: true},
	{router: "/api/ai-coach", method: "POST", route: "/feedback/:messageId", admin: true},
	{router: "/api/ai-coach", method: "DELETE", route: "/conversations", admin: true},
}
