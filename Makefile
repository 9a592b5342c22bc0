# Every goal sets up what it lacks (a virtual environment, the native engine, npm packages), once.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
STAMPS := .venv/.stamps
RUST_SOURCES := $(shell find crates -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock
OFFLINE := is a package registry within reach? The first run needs the network; run the same command again once there is one.

.PHONY: help demo test clients kill-test check bench format lint test-rust test-python clean

help: ## show this list
	@echo 'usage: make GOAL'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' Makefile

demo: $(STAMPS)/engine $(STAMPS)/npm ## compile, deploy and use the sample contracts on a local chain
	@$(BIN)/python scripts/demo.py

test: test-rust test-python ## run all tests

clients: $(STAMPS)/dev $(STAMPS)/engine $(STAMPS)/npm ## run ethers, viem, cast, forge and web3.py against a node
	$(BIN)/pytest tests/clients --durations=5

kill-test: $(STAMPS)/dev $(STAMPS)/engine $(STAMPS)/npm ## kill a deployment at every write and every request, and resume it
	@.ci/strace
	INGOT_KILL_SHARE=1 $(BIN)/pytest tests/live/test_kill.py tests/live/test_sync_before_send.py

check: lint test ## what CI runs: formatting, lint, types, layers, all tests

bench: $(STAMPS)/dev $(STAMPS)/engine $(STAMPS)/npm ## measure against forge, anvil, Wake and ape
	@$(BIN)/python -m benchmarks

format: $(STAMPS)/dev ## format Python and Rust
	@$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format --quiet . && cargo fmt

lint: $(STAMPS)/dev $(STAMPS)/engine
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src plugins/ape-ingot
	$(BIN)/lint-imports
	$(BIN)/python -m mypy.stubtest ingot._engine
	cargo fmt --check
	cargo clippy --locked --release --all-targets --quiet -- -D warnings

test-rust:
	cargo test --locked --release --package ingot-engine --quiet -- --nocapture

test-python: $(STAMPS)/dev $(STAMPS)/engine $(STAMPS)/npm
	$(BIN)/pytest

clean: ## remove what make has set up
	rm -rf .venv .ingot target node_modules src/ingot/_engine.abi3.so

$(STAMPS)/python: .ci/prerequisites constraints.txt pyproject.toml
	@python=$$(.ci/prerequisites) || exit 1; \
	echo "setting up .venv with $$($$python --version) ..."; \
	$$python -m venv .venv; mkdir -p $(STAMPS)
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt pip maturin \
	  || { echo 'ingot: pip could not install the Python packages: $(OFFLINE)' >&2; exit 1; }
	@touch $@

$(STAMPS)/engine: $(STAMPS)/python $(RUST_SOURCES)
	@cargo fetch --locked --quiet || { echo 'ingot: cargo could not get the Rust crates: $(OFFLINE)' >&2; exit 1; }
	@echo 'building the native engine (one to three minutes the first time) ...'
	@VIRTUAL_ENV=$(CURDIR)/.venv PIP_CONSTRAINT=$(CURDIR)/constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
	  $(BIN)/maturin develop --release --locked >.venv/engine.log 2>&1 \
	  || { cat .venv/engine.log >&2; echo 'ingot: the native engine could not be built; what failed is above' >&2; exit 1; }
	@touch $@

$(STAMPS)/dev: $(STAMPS)/python plugins/ape-ingot/pyproject.toml
	@echo 'installing the development tools ...'
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --group development \
	  || { echo 'ingot: pip could not install the development tools: $(OFFLINE)' >&2; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --config-settings editable_mode=compat --editable plugins/ape-ingot \
	  >.venv/plugin.log 2>&1 || { cat .venv/plugin.log >&2; echo 'ingot: pip could not install plugins/ape-ingot; what failed is above' >&2; exit 1; }
	@touch $@

$(STAMPS)/npm: $(STAMPS)/python package.json package-lock.json
	@echo 'installing the npm packages ...'
	@# Not `npm ci`: it fails where a registry lacks a binary of another platform, which is optional.
	@npm install --no-save --no-audit --no-fund --loglevel=error >/dev/null \
	  || { echo 'ingot: npm could not install the packages: $(OFFLINE)' >&2; exit 1; }
	@touch $@
