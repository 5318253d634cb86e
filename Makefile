# The two commands: `make demo` shows the product at work, `make test` runs every test. Both do all the set-up.
.PHONY: demo test check build train bench load

CARGO ?= cargo

demo: ## Build, and show everything at work: gateway, console, sample logs, evidence
	scripts/setup.sh build
	$(CARGO) run --release --bin gnomon -- demo

build: ## The binary, target/release/gnomon
	scripts/setup.sh build
	$(CARGO) build --release --bin gnomon

test: ## Unit, integration, end to end, both databases, real clients, browser
	scripts/setup.sh test
	scripts/test.sh

check: ## What CI looks at before the tests: format, lints, licences and walls
	scripts/check.sh

train: ## Train the prompt-attack model: make train DATA=folder/with/injection.jsonl
	$(CARGO) run --release -p gnomon-detect --example train -- $(DATA) policy/detect/rules/attacks.model

bench: ## Benchmarks of the hot paths
	$(CARGO) bench -p gnomon-detect -p gnomon-dialects -p gnomon-policy -p gnomon-evidence -p gnomon-discovery

load: ## CPU per request through the real binary, beside bare Pingora and nginx
	tests/load/run.sh
