# Everything that is done with this checkout more than once. `make` alone lists it.
#
# GOTOOLCHAIN=local: the build uses the Go that is installed and never fetches another one.
export GOTOOLCHAIN = local

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run dev build setup test check lint tests race golden fuzz bench profile cover clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then serve ./roster-data on http://127.0.0.1:8080
	bin/roster serve

dev: ## serve a throw-away directory of sample people and print calls to try
	go run ./cmd/roster dev

build: ## build the static release binary bin/roster
	CGO_ENABLED=0 go build -trimpath -o bin/roster ./cmd/roster

setup: ## install what the tests need and this machine lacks (real clients; Debian needs root or sudo)
	scripts/setup-tests

test: setup tests ## set this machine up, then run all tests: what CI runs, beside make lint and make race

check: lint tests race ## what a change must pass, on a machine that is set up

# The other modules of this repository, except bench/peers, which needs PocketBase.
modules = bench deploy/ha/trial

lint: ## gofmt, vet, staticcheck, errcheck, tidy go.mod, unchanged modules
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted" >&2; exit 1; }
	go build -o bin/lint ./internal/lint
	@set -e; for module in . $(modules); do (set -ex; cd $$module; \
		go vet ./...; "$(CURDIR)/bin/lint" ./...; go mod tidy -diff); done
	go mod verify

tests: ## the Go tests alone: shuffled
	scripts/tests $(modules)

race: ## the Go tests under the race detector
	scripts/tests -race

golden: ## write generated and golden files anew; read the diff before you commit it
	scripts/golden

fuzz: ## run each fuzz target for 10 s
	scripts/fuzz 10s

bench: ## measure speed and memory, about half an hour; the results go into bench/README.md
	go -C bench run . -write

profile: ## record cmd/roster/default.pgo, which later builds use for optimisation; about five minutes
	rm -rf bin/profile
	go -C bench run . -only whoami,user,pages -runs 2 -profile "$(CURDIR)/bin/profile"
	go tool pprof -proto bin/profile/*-cpu.pprof >cmd/roster/default.pgo

cover: ## test coverage of all packages: coverage.html, and the figures in coverage.txt
	go run ./internal/store/postgres/pgtest/beside go test -vet=off -timeout=60m -coverprofile=coverage.out -coverpkg=./... ./...
	go tool cover -html=coverage.out -o coverage.html
	go tool cover -func=coverage.out >coverage.txt
	@tail -n 1 coverage.txt

clean: ## remove what was built, measured and installed here (never roster-data)
	rm -rf bin screenshots coverage.out coverage.html coverage.txt cmd/roster/default.pgo e2e/clients/node_modules e2e/clients/python_modules
