package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// metrics is what GET /metrics shows. It has a registry of its own.
type metrics struct {
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec // nil: durations are not measured
	inFlight  prometheus.Gauge
	tracked   prometheus.Counter
	untracked prometheus.Counter
	ingested  *prometheus.CounterVec
	handler   http.Handler

	series sync.Map // of *series, by seriesKey
}

// seriesKey names the series of one kind of requests.
type seriesKey struct {
	route, method string
	status        int
}

// series saves the lookup by labels at each request.
type series struct {
	count    prometheus.Counter
	duration prometheus.Observer // nil: not measured
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tpe_http_requests_total", Help: "Requests answered, by route, method and status."}, []string{"route", "method", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tpe_http_requests_in_flight", Help: "Requests that are being answered."}),
		tracked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tpe_tracked_calls_total", Help: "Requests whose api_call record was written."}),
		untracked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tpe_untracked_calls_total", Help: "Requests whose api_call record could not be written."}),
		ingested: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tpe_ingested_records_total", Help: "Records that came to POST /api/interactions, by what became of them."}, []string{"outcome"}),
	}
	writable := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tpe_lake_writable", Help: "1 when records can be stored, else 0."}, func() float64 {
		if s.opts.Writer.Health().OK {
			return 1
		}
		return 0
	})
	lost := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "tpe_lake_lost_records_total", Help: "Records of tracked calls that the lake could not store."}, func() float64 {
		return float64(s.opts.Writer.Health().Lost)
	})
	info := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tpe_build_info", Help: "Always 1; the label says which version runs.", ConstLabels: prometheus.Labels{"version": s.opts.Version}},
		func() float64 { return 1 })
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.inFlight, m.tracked, m.untracked, m.ingested, writable, lost, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, c := range s.opts.Copies {
		registry.MustRegister(copyMetrics(c)...)
	}
	if s.opts.Measure {
		m.durations = prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tpe_http_request_duration_seconds", Help: "Time from a request's head to the end of its answer, by route and method.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"route", "method"})
		registry.MustRegister(m.durations)
	}
	for _, o := range []string{lake.New.String(), lake.Duplicate.String(), lake.Conflict.String(), lake.Erased.String(), rejected} {
		m.ingested.WithLabelValues(o)
	}
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true})
	return m
}

// copyMetrics shows how far a copy of the lake is behind.
func copyMetrics(c Copy) []prometheus.Collector {
	lag := c.Lag()
	gauge := func(name, help string, labels prometheus.Labels, value func(tpe.Lag) float64) prometheus.Collector {
		labels["copy"] = lag.Name
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, func() float64 { return value(c.Lag()) })
	}
	return []prometheus.Collector{
		gauge("tpe_copy_pending", "What the copy of the lake lacks, in the unit of the label.", prometheus.Labels{"unit": lag.Unit},
			func(l tpe.Lag) float64 { return float64(l.Pending) }),
		gauge("tpe_copy_pending_bytes", "Bytes that the copy of the lake lacks.", prometheus.Labels{}, func(l tpe.Lag) float64 { return float64(l.Bytes) }),
		gauge("tpe_copy_lag_seconds", "Age of the oldest that the copy of the lake lacks.", prometheus.Labels{}, func(l tpe.Lag) float64 { return l.Age.Seconds() }),
		gauge("tpe_copy_up", "1 when the last try to copy went well, else 0.", prometheus.Labels{}, func(l tpe.Lag) float64 {
			if l.Degraded() {
				return 0
			}
			return 1
		}),
	}
}

// serve answers GET /metrics.
func (m *metrics) serve(v *visit, r *http.Request) error {
	m.handler.ServeHTTP(v, r)
	return nil
}

// observe counts a request that was answered.
func (m *metrics) observe(v *visit, took time.Duration) {
	key := seriesKey{route: v.route(), method: knownMethod(v.r.Method), status: v.status}
	if key.route == "" {
		key.route = "none"
		if v.upstream {
			key.route = "upstream"
		}
	}
	found, ok := m.series.Load(key)
	if !ok {
		s := &series{count: m.requests.WithLabelValues(key.route, key.method, strconv.Itoa(key.status))}
		if m.durations != nil {
			s.duration = m.durations.WithLabelValues(key.route, key.method)
		}
		found, _ = m.series.LoadOrStore(key, s)
	}
	one := found.(*series)
	one.count.Inc()
	if one.duration != nil {
		one.duration.Observe(took.Seconds())
	}
}

// ingest counts what became of the records of one request.
func (m *metrics) ingest(t *tally) {
	for outcome, n := range map[string]int64{lake.New.String(): t.fresh, lake.Duplicate.String(): t.duplicate, lake.Conflict.String(): t.conflict, lake.Erased.String(): t.erased, rejected: t.rejected} {
		if n > 0 {
			m.ingested.WithLabelValues(outcome).Add(float64(n))
		}
	}
}

// knownMethod keeps the number of series small, whatever callers send.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "other"
	}
}
