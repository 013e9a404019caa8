# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# Needs Go and make only; the tools below are pinned in tools/go.mod and tools/golangci/go.mod and run with
# "go tool", nothing is installed. Recipes are plain POSIX sh.
SHELL = /bin/sh

GO       ?= go
LOGS     ?=
PKGS     ?= ./...
RUN      ?= .
COUNT    ?= 6
FUZZTIME ?= 30s
LINES    ?= 1000000
ROUNDS   ?= 3
ONLY     ?=
DOCS     ?=
# Go's default of 10 minutes per package is short for the corpus tests under the race detector on a slow machine.
TIMEOUT  ?= 30m

GOTOOL       = $(GO) tool -modfile=tools/go.mod
GOLANGCI     = $(GO) tool -modfile=tools/golangci/go.mod golangci-lint
DISTRIBUTION = cmd/otelcol-proxylog
WAYS         = internal/endtoend/ways

export GO

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Run the Collector over the bundled real logs, or over LOGS='/var/log/haproxy.log …', and print the sessions.
	@bin/proxylog run --collector bin/otelcol-proxylog $(LOGS)

.PHONY: prove
prove: bin/otelcol-proxylog ## Show that stitched totals are the truth: shuffled, duplicated, killed with SIGKILL, over several stitchers.
	@$(GO) run ./internal/prove -collector bin/otelcol-proxylog

.PHONY: build
build: bin/otelcol-proxylog bin/proxylog ## Build bin/otelcol-proxylog and bin/proxylog.

# Both are always handed to go build, which knows better than make what is current.
.PHONY: bin/otelcol-proxylog
bin/otelcol-proxylog: preflight
	@tools/sh/build.sh $(DISTRIBUTION) . bin/otelcol-proxylog

.PHONY: bin/proxylog
bin/proxylog: preflight
	@tools/sh/build.sh . ./cmd/proxylog bin/proxylog

.PHONY: preflight
preflight:
	@tools/sh/preflight.sh

.PHONY: test
test: build vet test-unit test-ways race check-generated ## Run everything that must pass.
	@echo "make test: all passed"

.PHONY: vet
vet: ## Run go vet.
	$(GO) vet $(PKGS)

.PHONY: test-unit
test-unit: ## Run the tests without the race detector: PKGS=./internal/… RUN=TestName narrow it.
	$(GO) test -timeout $(TIMEOUT) -run '$(RUN)' $(PKGS)

# A module of its own, since it needs Kafka's client and other receivers.
.PHONY: test-ways
test-ways: ## Run the tests that take lines along every way into the Collector, and run every example.
	cd $(WAYS) && $(GO) vet . && $(GO) test -timeout $(TIMEOUT) -run '$(RUN)' .

.PHONY: test-kafka
test-kafka: ## Take logs through a real Kafka broker; needs Java and Maven, and says so where they are missing.
	@tools/sh/test-kafka.sh

.PHONY: test-oldest
test-oldest: ## Build the components with the oldest Collector that the README claims, and test those that others call.
	@tools/sh/test-oldest.sh

.PHONY: test-proxies
test-proxies: ## Start real proxies (Envoy, HAProxy, Squid with c-icap) on loopback, where they can be installed, and check what arrives of their logs.
	@tools/sh/proxies.sh
	$(GO) test -tags proxies -count 1 -v -timeout $(TIMEOUT) -run '$(RUN)' ./internal/proxies

.PHONY: race
race: ## Run the tests with the race detector, where a C compiler exists.
	@if tools/sh/has-race.sh; then \
		set -x; $(GO) test -race -timeout $(TIMEOUT) -run '$(RUN)' $(PKGS); \
	else \
		echo "NOTE: the race detector is left out: it needs cgo and a C compiler (CGO_ENABLED=1 and cc, gcc or clang)"; \
	fi

.PHONY: watch
watch: ## Run the tests of the packages that change, on every save.
	$(GOTOOL) gotestsum --watch

.PHONY: lint
lint: ## Run golangci-lint.
	$(GOLANGCI) run --allow-parallel-runners $(PKGS)

.PHONY: fmt
fmt: ## Format the Go files.
	$(GOLANGCI) fmt

.PHONY: generate
generate: generate-code generate-distribution generate-ways ## Write all generated files again.

.PHONY: generate-code
generate-code:
	$(GO) generate ./...

.PHONY: generate-distribution
generate-distribution:
	@mkdir -p $(DISTRIBUTION)
	$(GOTOOL) builder --skip-compilation --config builder-config.yaml

# Its requirements follow those of the module that it tests.
.PHONY: generate-ways
generate-ways:
	cd $(WAYS) && $(GO) mod tidy

.PHONY: check-generated
check-generated: ## Check that the generated files are current.
	@tools/sh/check-generated.sh

.PHONY: bench
bench: ## Run the benchmarks COUNT times into build/bench.txt and summarise them; BASE=old.txt compares.
	@mkdir -p build
	$(GO) test -run '^$$' -bench '$(RUN)' -benchmem -count $(COUNT) -timeout $(TIMEOUT) $(PKGS) >build/bench.txt || { cat build/bench.txt; exit 1; }
	$(GOTOOL) benchstat $(BASE) build/bench.txt

.PHONY: benchstat
benchstat: ## Compare the benchmarks of the commit BASE with those of the working tree: BASE=main~5 COUNT=6 RUN=Decode PKGS=./bench/….
	@tools/sh/benchstat.sh '$(BASE)' $(COUNT) '$(RUN)' $(PKGS)

.PHONY: bench-peers
bench-peers: bin/otelcol-proxylog ## Compare with what users would write for file_log: LINES=1000000 ROUNDS=3 GOGC=100 ONLY=tcp,http,icap,g3proxy,gdc,edgeone; DOCS=docs/performance.md keeps the tables.
	@$(GO) run ./bench/peers -collector bin/otelcol-proxylog -lines $(LINES) -rounds $(ROUNDS) -gogc $(or $(GOGC),100) -only '$(ONLY)' -docs '$(DOCS)'

.PHONY: stress
stress: ## Show the stitcher's bounds at full size: IDS=10000000 hostile ids, SESSIONS=1000000 read back. Takes many minutes.
	$(GO) test ./processor/sessionstitchprocessor -run 'HostileIdsKeepTheJournalBounded|RestoreIsBounded' -v -count 1 -timeout 4h \
		-args -stress.ids=$(or $(IDS),10000000) -stress.sessions=$(or $(SESSIONS),1000000)

.PHONY: bench-scale
bench-scale: bin/otelcol-proxylog ## Measure the cost of a line against files, fields and batch size; DOCS=docs/performance.md keeps the tables and the plot.
	@$(GO) run ./bench/scale -collector bin/otelcol-proxylog -rounds $(ROUNDS) -gogc $(or $(GOGC),100) -docs '$(DOCS)'

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s).
	@tools/sh/fuzz.sh $(FUZZTIME)

.PHONY: clean
clean: ## Remove what was built.
	rm -rf bin build
