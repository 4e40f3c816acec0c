# What you can ask for: `make help`. Everything stays inside .venv/, var/ and ignored folders.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
ORG ?= demo
WORKERS ?= 2
ARGS ?=

SERVED = TRELLIS_ORG=$(ORG) TRELLIS_HOST=$(HOST) TRELLIS_PORT=$(PORT) \
  TRELLIS_BASE_URL=http://$(HOST):$(PORT)
INPUTS := pyproject.toml MANIFEST.in $(wildcard platform/web/build/* platform/web/frontend/*)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

##@ Use it
.PHONY: help run demo setup
help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf "\nVariables: PORT=8000 ORG=demo PYTHON=python3 WORKERS=2 ARGS='more arguments for pytest'\n"

run: demo ## install, make the demo company, serve it on http://127.0.0.1:$(PORT)
	@exec env $(SERVED) $(BIN)/trellis serve

demo: setup ## make the demo company (does nothing when it is there)
	@$(SERVED) $(BIN)/trellis demo --org $(ORG)

setup: $(VENV)/.installed ## make .venv and install what a server needs

##@ Change it
.PHONY: dev test nightly check lint types bench docs lock clean
dev: $(VENV)/.installed-dev ## install what a developer needs too

test: dev ## all tests: SQLite, PostgreSQL and the browser (ARGS='-k lookup')
	$(BIN)/python tests/needs.py
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not nightly" $(ARGS)

nightly: dev ## the long proofs that `make test` leaves out
	$(BIN)/python tests/needs.py
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m nightly $(ARGS)

check: lint types ## style, types and floors; changes nothing
	$(BIN)/python -m pytest -q -p no:randomly tests/test_floors.py tests/test_sources.py

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev
	mkdir -p .tc && ln -sfn .. .tc/trellis
	MYPYPATH=.tc $(BIN)/mypy -p trellis

bench: dev ## measure against raw SQL and a bare Flask page; writes bench.json
	$(BIN)/python tests/bench/run.py $(ARGS)

docs: setup ## write the generated reference pages under builder/help/reference/
	$(BIN)/trellis docs

lock: dev ## pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/python -m piptools compile --upgrade $(LOCK_FLAGS) -o requirements.lock pyproject.toml
	$(BIN)/python -m piptools compile --upgrade $(LOCK_FLAGS) --extra dev -c requirements.lock \
	  -o requirements-dev.lock pyproject.toml

clean: ## remove what was built or installed; keeps your data in var/
	rm -rf $(VENV) .tc build dist *.egg-info platform/web/static/vendor \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

LOCK_FLAGS := --quiet --strip-extras --allow-unsafe --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Trellis needs Python 3.11 or newer; say which: make run PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock $(INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e ./
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@
