# The contract with users, CI and benchmarks: run, test, check, fix, bench.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

# uv brings certificates of its own; where the machine has a store, which may hold a company's own authority, that one counts.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= true
endif

.PHONY: run test check fix bench env lock
.DEFAULT_GOAL := run

$(STAMP): requirements.lock pyproject.toml
	@if [ -e $(STAMP) ]; then echo "Updating dependencies…"; \
	elif [ -n "$$CI" ]; then echo "Installing dependencies…"; \
	else echo "Installing dependencies: about 600 MB are fetched, which takes about a minute, this once…"; fi
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@quiet=--quiet; if [ -t 2 ] && [ -z "$$CI" ]; then quiet=; fi; \
	VIRTUAL_ENV=.venv $(BIN)/uv pip install $$quiet --require-hashes --requirement requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $(STAMP)

env: $(STAMP)

run: env
	@$(BIN)/emporion serve

test: env
	@tools/run-tests

check: env
	@tools/check

fix: env
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format --quiet .

bench: env
	@$(BIN)/python -m bench

# Locks carry hashes and no index address, so that they install from whatever index the machine is set up for.
lock: env
	@VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet --generate-hashes --universal --no-header --no-emit-index-url --group dev --output-file requirements.lock pyproject.toml
