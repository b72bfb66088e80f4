# Everything a checkout can do. `make demo` and `make test` need only Python 3.11-3.13 and the
# package registry that pip is set up for.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# More arguments for the command a target runs: make test ARGS="-k uscc"
ARGS ?=
# Of the deliveries that are measured: 2,000, 200,000 or 1,000,000 enterprises.
SIZE ?= small

# Nothing from the outside mixes into the environment that is made here.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME
unexport VIRTUAL_ENV

.PHONY: help venv demo test lint format fuzz kill mutation bench browser spark bench-spark postgres \
    lock clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

# ---------------------------------------------------------------- environment

venv: $(STAMP) ## the project's own environment, in .venv (PYTHON=... to choose the interpreter)

# A command may exist and still not work (a version manager's shim, a Python without venv): each
# candidate is tried, the first that can make an environment is taken.
define find_python
	usable() { "$$1" -c 'import sys, ensurepip, ssl, venv; \
	    sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }; \
	python=; \
	for candidate in $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3); do \
	    if usable "$$candidate"; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "make venv: no usable Python among: $(or $(PYTHON),python3.13 python3.12 python3.11 python3)." >&2; \
	    echo "Needed: Python 3.11, 3.12 or 3.13 with the modules venv and ensurepip" >&2; \
	    echo "(on Debian and Ubuntu: the package python3-venv). Or name one: make venv PYTHON=/path/to/python3" >&2; \
	    exit 1; \
	fi
endef

$(STAMP): pyproject.toml requirements.lock
	@if ! $(BIN)/python -c 'import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	        >/dev/null 2>&1; then \
	    $(find_python); \
	    echo "make venv: $$("$$python" --version) in $(VENV)" >&2; \
	    "$$python" -m venv --clear $(VENV); \
	fi
	@echo "make venv: installing requirements.lock (some minutes the first time)" >&2
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# ---------------------------------------------------------------- use

demo: venv ## demo deliveries, a run, a release, and where to look next
	@$(BIN)/credit demo $(ARGS)

# ---------------------------------------------------------------- quality

lint: venv ## ruff, mypy and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 0 dbt_project

format: venv ## what the tools can mend by themselves
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --disable-progress-bar dbt_project

test: lint ## lint, then every test that needs no more than this machine
	$(BIN)/pytest -q -n 2 $(ARGS)

# Long or demanding tests, each by its marker; --sample N takes N of each.

fuzz: venv ## long searches for counter-examples
	CREDIT_TEST_PROFILE=fuzz $(BIN)/pytest -q -m fuzz $(ARGS)

kill: venv ## runs killed at many points, completed by the next
	$(BIN)/pytest -q -m kill $(ARGS)

mutation: venv ## every change to a valid build that the audit must refuse
	$(BIN)/pytest -q -m mutation $(ARGS)

# The table alone: python -m tests.bench --help says what it can leave out or repeat.
bench: venv ## bounds on time and memory, then a table beside baselines (SIZE=small, medium or large)
	$(BIN)/pytest -q -s -m bench $(ARGS)
	$(BIN)/python -m tests.bench --size $(SIZE)

browser: venv ## what is published, in a real browser
	$(BIN)/pytest -q -m browser $(ARGS)

spark: venv $(VENV)/.extras ## builds on Spark, compared with DuckDB (Java 17)
	$(BIN)/pytest -q -m spark $(ARGS)

# Where its deliveries and homes go; 10^7 records take about 30 GB. Sizes: ARGS="--records 100000"
BENCH_FOLDER ?= .credit/bench-spark

bench-spark: venv $(VENV)/.extras ## how cost grows on DuckDB, Spark and a Spark cluster
	$(BIN)/python -m tests.spark.bench --folder $(BENCH_FOLDER) $(ARGS)

postgres: venv $(VENV)/.postgres ## Dagster's storage on PostgreSQL
	$(BIN)/pytest -q -m postgres $(ARGS)

$(VENV)/.extras: $(STAMP) requirements-extras.lock
	@echo "installing requirements-extras.lock (Spark is 400 MB)" >&2
	@$(PIP) install --require-hashes -r requirements-extras.lock
	@touch $@

# Of the extras only these two: what they need is in requirements.lock already.
$(VENV)/.postgres: $(STAMP) requirements-extras.lock
	@awk '/^(dagster-postgres|psycopg2-binary)==/ { on = 1 } on; !/\\$$/ { on = 0 }' \
	    requirements-extras.lock >$@.txt
	@$(PIP) install --no-deps --require-hashes -r $@.txt
	@mv $@.txt $@

# ---------------------------------------------------------------- upkeep

# The locks hold versions and hashes only: no addresses, so that any registry will do. Versions
# in them stay unless pyproject.toml asks for others (ARGS=--upgrade to renew all).
# Extras stay named: pips older than 23.3 do not take a hash for `gql` as one for `gql[requests]`.
UV_COMPILE = uv --no-config pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-strip-extras --no-header --no-annotate $(ARGS) pyproject.toml

lock: ## renew the locks after a change in pyproject.toml (needs uv)
	$(UV_COMPILE) --extra dev --output-file requirements.lock
	$(UV_COMPILE) --all-extras --constraint requirements.lock --output-file requirements-extras.lock

clean: ## remove what can be made again (not the environment, not a home)
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	    dbt_project/target dbt_project/logs
	find orchestration tests -name __pycache__ -type d -prune -exec rm -rf {} +
