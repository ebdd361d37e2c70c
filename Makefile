# make            everything that CI checks
# make run        serve with sample data, nothing configured
# make test       run the tests, and install what they need
export CGO_ENABLED ?= 0
BIN   := $(CURDIR)/bin
PEERS := $(CURDIR)/.peers
GO    ?= go

GOTESTSUM   := gotest.tools/gotestsum@v1.13.0
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: all build profile run test lint vuln docs bench fuzz fuzz-api peers clean

all: lint vuln test

# The binary uses the instructions of this machine (x86-64-v3: AVX2, BMI2, FMA),
# which takes a tenth off the time of compaction. "make build GOAMD64=v1" makes
# one for any machine.
PROCESSOR := $(shell for f in avx2 bmi1 bmi2 f16c fma abm movbe; do grep -qw $$f /proc/cpuinfo 2>/dev/null || { echo v1; exit; }; done; echo v3)
build: export GOAMD64 := $(or $(GOAMD64),$(PROCESSOR))
build:
	$(GO) build -trimpath -ldflags "-s -w" -o $(BIN)/tpe ./cmd/tpe

# The compiler reads from cmd/tpe/default.pgo where the program spends its time,
# and inlines and lays out code for it: 8 % less CPU for compaction. "make
# profile" takes a new one, in some minutes, or leaves the old one. The path of the
# binary that was measured is blotted out in it.
profile:
	set -e; dir=$$(mktemp -d); trap 'rm -r "$$dir"' EXIT; export LC_ALL=C; \
	$(GO) build -pgo=off -trimpath -o $$dir/tpe ./cmd/tpe; \
	$(GO) run ./internal/bench -tpe $$dir/tpe -profile $$dir -peers "" -run track,ingest,bulk,validate,compact -runs 2; \
	$(GO) tool pprof -proto -output $$dir/all.pb.gz $$dir/*.pprof; gzip -d $$dir/all.pb.gz; \
	sed "s#$$dir#$$(printf %s $$dir | tr -c '' -)#" $$dir/all.pb > $$dir/default; gzip -9n $$dir/default; \
	mv $$dir/default.gz cmd/tpe/default.pgo

run: build
	$(BIN)/tpe serve --demo

# RACE=1 turns the race detector on; it needs a C compiler. It leaves out the
# package that is SQLite's C in Go, where it finds nothing and costs half of
# the time. (A package with its own copy of a generic type of sync cannot be
# left out: the linker may take that copy for all.)
# Nor does each process wait a second at its end for late reports. Tests that
# kill processes, stop after every step, or compute for long on one goroutine
# run without the detector, ten times as fast.
# "make lint" vets; test programs need no tables for a debugger.
BARE := Crash|Kill|DiskFull|FullDisk|Schemathesis|StrangeInputs|Evaluation|Pairs|Weights|Mutants|Traps|TestPieces|ManyMembers|Damage|ManyPages|RandomRecords
ifdef RACE
RACED := -race -gcflags=modernc.org/sqlite/lib=-race=false -skip '$(BARE)'
export GORACE ?= atexit_sleep_ms=0
endif
GOTEST = $(BIN)/gotestsum --format pkgname --format-hide-empty-pkg -- -vet=off -ldflags=-w -timeout 15m
export TPE_PEERS := $(PEERS)

test: peers $(BIN)/gotestsum
	CGO_ENABLED=$(if $(RACE),1,$(CGO_ENABLED)) $(GOTEST) $(RACED) ./...
ifdef RACE
	$(GOTEST) -run '$(BARE)' $$(grep -rlE '^func \w*($(BARE))' --include='*_test.go' internal | xargs -n1 dirname | sort -u | sed 's,^,./,')
endif

lint: $(BIN)/golangci-lint
	@files=$$(gofmt -l cmd internal schemas); [ -z "$$files" ] || { echo "not formatted: $$files"; exit 1; }
	$(GO) vet ./...
	$(BIN)/golangci-lint run
	$(GO) mod tidy -diff

# Without a way to the database of vulnerabilities nothing is checked, and
# that is said. Everything else that goes wrong fails.
vuln: $(BIN)/govulncheck
	@out=$$($(BIN)/govulncheck ./... 2>&1) && status=0 || status=$$?; echo "$$out"; \
	case "$$status/$$out" in \
	  0/*) ;; \
	  *"fetching vulnerabilities"*) echo "govulncheck cannot reach its database: not checked" ;; \
	  *) exit 1 ;; \
	esac

docs: build
	$(BIN)/tpe schema docs > schemas/EVENTS.md

# BENCH passes flags on, such as BENCH="-run validate -n 100000".
bench: build peers
	$(GO) run ./internal/bench -tpe $(BIN)/tpe $(BENCH)

# FUZZTIME is the time for each fuzz test.
FUZZTIME ?= 20s
fuzz:
	@for pkg in $$($(GO) list ./...); do \
	  for name in $$($(GO) test -list '^Fuzz' $$pkg | grep ^Fuzz); do \
	    echo "$$pkg $$name"; $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; done; done

# schemathesis makes requests from the OpenAPI document, see TestSchemathesis.
# "make test" makes few; this makes API_EXAMPLES for each operation, role and
# engine, and takes hours when they are many.
API_EXAMPLES ?= 100
fuzz-api: peers
	TPE_PEERS=$(PEERS) TPE_FUZZ_EXAMPLES=$(API_EXAMPLES) $(GO) test -run TestSchemathesis -v -timeout 0 ./internal/api

# The tools that read what tpe writes, and that try the API. Tests that need one which cannot be
# installed here are skipped, and say so.
peers:
	@if command -v npm >/dev/null; then \
	  [ -d $(PEERS)/node_modules/@duckdb/node-api ] && [ -d $(PEERS)/node_modules/ajv-formats ] && [ -d $(PEERS)/node_modules/dynalite ] || \
	  npm install --silent --no-audit --no-fund --no-package-lock --prefix $(PEERS) @duckdb/node-api@1.5.6-r.1 ajv@8 ajv-formats@3 dynalite@4.0.0; \
	else echo "npm is not installed: the tests that need DuckDB or DynamoDB will be skipped"; fi
	@if command -v python3 >/dev/null; then \
	  { [ -d $(PEERS)/python/lib/python3*/site-packages/pyspark ] && [ -x $(PEERS)/python/bin/schemathesis ] && [ -d $(PEERS)/python/lib/python3*/site-packages/sqlglot ]; } || \
	  { python3 -m venv $(PEERS)/python && $(PEERS)/python/bin/python -m pip install --quiet --disable-pip-version-check pyspark==4.3.0 pyarrow==26.0.1 schemathesis==4.32.5 duckdb==1.5.6 sqlglot==30.30.0; }; \
	  command -v java >/dev/null || echo "Java is not installed: the tests that need Spark will be skipped"; \
	else echo "Python is not installed: the tests that need Spark, Athena's language, pyarrow and schemathesis will be skipped"; fi
	@if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq postgresql >/dev/null; \
	  else echo "PostgreSQL's server is not installed: the tests that need it will be skipped"; fi; fi

$(BIN)/gotestsum:
	GOBIN=$(BIN) $(GO) install $(GOTESTSUM)
$(BIN)/golangci-lint:
	GOBIN=$(BIN) $(GO) install $(GOLANGCI)
$(BIN)/govulncheck:
	GOBIN=$(BIN) $(GO) install $(GOVULNCHECK)

clean:
	rm -rf $(BIN) $(PEERS)
