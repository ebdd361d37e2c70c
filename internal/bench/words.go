package main

// The texts that records are made of.
type words struct {
	subjects, verbs, objects, endings []string
	cities                            []place
	agents                            []agent
	services, focus, reasons          []string
	pages                             []page
	routes                            []route
	experiments, variants             []string
	versions, models                  []string
}

type place struct{ city, state string }

type agent struct{ name, device, viewport string }

type page struct{ path, title string }

// route is an endpoint: %d in its path stands for an id.
type route struct {
	method, pattern, path string
	status                int
}

func newWords() *words {
	return &words{
		subjects: []string{
			"Our estimator", "The night crew", "A homeowner in the valley", "Our office manager", "The new dispatcher",
			"One of our foremen", "The supplier", "My brother-in-law", "The adjuster", "Our second branch", "The inspector",
			"Half of the sales team", "The \"call back later\" list", "A property manager", "Our best installer", "The bookkeeper",
		},
		verbs: []string{
			"lost track of", "keeps asking about", "wants to rebuild", "never finished", "was surprised by", "signed off on",
			"has doubts about", "put together", "would rather skip", "measured", "paid twice for", "is still waiting for",
			"cut the time for", "gave up on", "showed me", "doubled",
		},
		objects: []string{
			"the storm damage leads", "last quarter's close rate", "the gutter and siding bundle", "a financing offer at 6.9 %",
			"the follow-up calls", "the crew calendar", "our online reviews", "the warranty paperwork", "the spring campaign",
			"a price book with 340 items", "the referral bonus", "the photo reports", "the permit backlog", "our hiring funnel",
			"the Café Río job", "the maintenance plan",
		},
		endings: []string{
			"before the season starts.", "and nobody noticed for a month.", "so we moved two people over.", "which is why I am writing.",
			"although the numbers look fine.", "since we changed the software.", "in less than ten days.", "and the margin held.",
			"because the leads go cold overnight.", "while the competition sleeps.", "after the owner called us.", "for the third time this year.",
			"– more than we had hoped for.", "and it paid for itself.", "without a single complaint.", "once the weather turned.",
		},
		cities: []place{
			{"Boise", "ID"}, {"Tulsa", "OK"}, {"Dayton", "OH"}, {"Reno", "NV"}, {"Omaha", "NE"}, {"Mobile", "AL"}, {"Fresno", "CA"},
			{"El Paso", "TX"}, {"Tampa", "FL"}, {"Spokane", "WA"}, {"Cañon City", "CO"}, {"Duluth", "MN"}, {"Akron", "OH"}, {"Macon", "GA"},
		},
		agents: []agent{
			{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0.0.0 Safari/537.36", "desktop", "1920x1080"},
			{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.4 Safari/605.1.15", "desktop", "1512x860"},
			{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "mobile", "393x852"},
			{"Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/141.0.0.0 Mobile Safari/537.36", "mobile", "412x924"},
			{"Mozilla/5.0 (iPad; CPU OS 18_3 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "tablet", "834x1194"},
		},
		services: []string{"roofing", "siding", "windows", "gutters", "solar", "hvac", "plumbing", "insulation", "decks", "painting"},
		focus: []string{
			"controlling_lead_flow", "closing_higher_percentage", "operational_efficiency", "hiring_sales_leadership",
			"customer_retention", "installation_quality", "marketing_automation", "financial_planning",
		},
		reasons: []string{
			"Works in your state", "Fits a team of your size", "Strong with your first focus area", "Others of your revenue tier chose it",
			"Short onboarding", "Talks to the software that you use", "High grades from employees", "Free slots this month",
		},
		pages: []page{
			{"/contractorflow", "Find your partner"}, {"/contractorflow/profile", "Your business"},
			{"/contractorflow/matches", "Your matches"}, {"/partner/dashboard", "Dashboard"},
			{"/ai-coach", "Ask the concierge"}, {"/admindashboard", "Administration"},
		},
		routes: []route{
			{"GET", "/api/partners/active", "/api/partners/active", 200},
			{"GET", "/api/partners/active", "/api/partners/active", 200},
			{"GET", "/api/partners/{id}", "/api/partners/%d", 200},
			{"GET", "/api/partners/{id}", "/api/partners/%d", 404},
			{"GET", "/api/contractors/{id}/matches", "/api/contractors/%d/matches", 200},
			{"GET", "/api/contractors/{id}/matches", "/api/contractors/%d/matches", 200},
			{"POST", "/api/contractors/verify-start", "/api/contractors/verify-start", 201},
			{"PUT", "/api/contractors/{id}/profile", "/api/contractors/%d/profile", 200},
			{"PUT", "/api/contractors/{id}/profile", "/api/contractors/%d/profile", 422},
			{"POST", "/api/bookings", "/api/bookings", 201},
			{"GET", "/api/analytics/partners/{id}", "/api/analytics/partners/%d", 200},
			{"GET", "/api/podcasts", "/api/podcasts", 200},
			{"GET", "/api/events/{id}", "/api/events/%d", 200},
			{"GET", "/api/auth/me", "/api/auth/me", 401},
			{"GET", "/api/contractors/{id}", "/api/contractors/%d", 200},
			{"POST", "/api/feedback", "/api/feedback", 201},
			{"PATCH", "/api/partners/{id}/status", "/api/partners/%d/status", 403},
			{"DELETE", "/api/bookings/{id}", "/api/bookings/%d", 204},
		},
		experiments: []string{"matching_cta_copy", "shorter_profile", "coach_greeting", "price_table"},
		variants:    []string{"control", "a", "b"},
		versions:    []string{"3.11.2", "3.12.0", "3.12.1", "4.0.0"},
		models:      []string{"gpt-4o", "gpt-4o-mini"},
	}
}
