package heygentest

import "math/rand/v2"

// RandomPlan returns a plan of faults as a bad day has them. One seed is one plan. Most are survived by a client that
// tries again with patience; about one in eight holds a fault that never ends, or spoils what it hits for good.
func RandomPlan(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 1))
	p := Plan{Seed: seed}
	for range 1 + r.IntN(4) {
		f := passing[r.IntN(len(passing))]
		rule := f.rule
		rule.Match = f.routes[r.IntN(len(f.routes))]
		rule.From, rule.Times = 1+r.IntN(3)/2, 1+r.IntN(2) // most calls of a render are made once
		if r.IntN(4) == 0 {                                // now and then in place of a few times
			rule.From, rule.Times, rule.P = 0, 0, 0.1+0.2*r.Float64()
		}
		p.Rules = append(p.Rules, rule)
	}
	if r.IntN(8) == 0 {
		f := lasting[r.IntN(len(lasting))]
		rule := f.rule
		rule.Match = f.routes[r.IntN(len(f.routes))]
		p.Rules = append([]Rule{rule}, p.Rules...)
	}
	return p
}

// The requests of one render, from the upload to the download.
var (
	apiRoutes = []string{"* /v3/**", "POST /v3/assets/direct-uploads", "POST /v3/assets/*/complete", "GET /v3/assets/*",
		"POST /v3/hyperframes/renders", "GET /v3/hyperframes/renders/*"}
	uploadRoutes   = []string{"PUT /store/uploads/*"}
	downloadRoutes = []string{"GET /store/videos/*"}
	everyRoute     = append(append(append([]string{}, apiRoutes...), uploadRoutes...), downloadRoutes...)
)

// kindOfFault is a rule that lacks only the requests that it hits.
type kindOfFault struct {
	routes []string
	rule   Rule
}

// passing are the faults that a patient client survives.
var passing = []kindOfFault{
	{everyRoute, Rule{Do: DoDrop}},
	{everyRoute, Rule{Do: DoDrop, After: true}},
	{everyRoute, Rule{Do: DoReset}},
	{everyRoute, Rule{Do: DoReset, After: true}},
	{everyRoute, Rule{Do: DoDelay, Seconds: 0.05}},
	{everyRoute, Rule{Do: DoStatus, Status: 500}},
	{everyRoute, Rule{Do: DoStatus, Status: 502, After: true}},
	{everyRoute, Rule{Do: DoStatus, Status: 503, RetryAfter: 1}},
	{apiRoutes, Rule{Do: DoStatus, Code: "rate_limit_exceeded", RetryAfter: 1}},
	{apiRoutes, Rule{Do: DoStatus, Code: "gateway_timeout"}},
	{apiRoutes, Rule{Do: DoGarbage}},
	{apiRoutes, Rule{Do: DoGarbage, After: true}},
	{apiRoutes, Rule{Do: DoTruncate}},
	{apiRoutes, Rule{Do: DoShort}},
	{apiRoutes, Rule{Do: DoLong}},
	{apiRoutes, Rule{Do: DoSlow, Seconds: 0.1}},
	{apiRoutes, Rule{Do: DoSkew, Seconds: -240}},
	{[]string{"POST /v3/assets/*/complete"}, Rule{Do: DoStatus, Code: "conflict"}},
	{[]string{"POST /v3/hyperframes/renders"}, Rule{Do: DoStatus, Code: "request_in_progress"}},
	{[]string{"GET /v3/hyperframes/renders/*"}, Rule{Do: DoExpire}},
	{downloadRoutes, Rule{Do: DoExpire}},
	{downloadRoutes, Rule{Do: DoTruncate}},
	{downloadRoutes, Rule{Do: DoShort}},
	{downloadRoutes, Rule{Do: DoLong}},
	{downloadRoutes, Rule{Do: DoCorrupt}},
	{downloadRoutes, Rule{Do: DoSlow, Seconds: 0.1}},
	{uploadRoutes, Rule{Do: DoExpire}},
}

// lasting are the faults that end a run with an error.
var lasting = []kindOfFault{
	{apiRoutes, Rule{Do: DoStatus, Code: "unauthorized"}},
	{apiRoutes, Rule{Do: DoStatus, Code: "insufficient_api_key_scope"}},
	{[]string{"POST /v3/hyperframes/renders"}, Rule{Do: DoStatus, Code: "insufficient_credit"}},
	{[]string{"POST /v3/hyperframes/renders"}, Rule{Do: DoStatus, Code: "hyperframes_project_invalid"}},
	{[]string{"POST /v3/assets/direct-uploads"}, Rule{Do: DoStatus, Code: "hyperframes_project_too_large"}},
	{everyRoute, Rule{Do: DoStatus, Status: 500}},
	{everyRoute, Rule{Do: DoDrop}},
	{everyRoute, Rule{Do: DoReset}},
	{everyRoute, Rule{Do: DoGarbage}},
	{downloadRoutes, Rule{Do: DoCorrupt}},
	{downloadRoutes, Rule{Do: DoTruncate}},
	{downloadRoutes, Rule{Do: DoExpire}},
	{uploadRoutes, Rule{Do: DoExpire}},
}
