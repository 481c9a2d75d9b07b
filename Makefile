# Thin targets over the tools: everything a developer types. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
ARGS ?=
# Workers for the parallel test runs.
JOBS ?= 2

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NPM_CONFIG_UPDATE_NOTIFIER := false
# Where byte code may not be kept, every run compiles every test again: a third of the gate.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
UV := .venv/bin/uv
CLI := $(PY) -m tools.cli
PYTEST := $(PY) -m pytest
# For what is neither a test nor a tool alone: the layers as Lambda sees them, and this folder.
PYPATH := PYTHONPATH=layers/core/python:layers/adapters/python:.
# One line of what is wrong and what to do beats a stack trace from a tool that is not there.
DIE = { echo "countinghouse: $(1)" >&2; exit 1; }

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set up -----------------------------------------------------------------------------------
.PHONY: setup
setup: .venv/.synced .engine/.synced node_modules/.synced ## Create the environments (again only when a lock changed)

.venv/.synced: requirements/bootstrap.txt requirements/dev.lock
	@command -v $(PYTHON) >/dev/null || $(call DIE,no $(PYTHON): install Python 3.11 or later)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || $(call DIE,$(PYTHON) is older than 3.11: install a later one or run make PYTHON=python3.13)
	@$(PYTHON) -c 'import venv, ensurepip' || $(call DIE,$(PYTHON) lacks venv: on Debian apt-get install python3-venv)
	@echo "setup: .venv (developer's tools)"
	@$(PYTHON) -m venv .venv
	@$(PY) -m pip install -qq --require-hashes -r requirements/bootstrap.txt
	@$(UV) pip sync --quiet --require-hashes --python $(PY) requirements/dev.lock
	@touch $@

.engine/.synced: requirements/engine.lock .venv/.synced
	@echo "setup: .engine (the AWS emulator, apart)"
	@$(PYTHON) -m venv --without-pip .engine
	@$(UV) pip sync --quiet --require-hashes --python .engine/bin/python requirements/engine.lock
	@touch $@

node_modules/.synced: package-lock.json
	@command -v node >/dev/null || $(call DIE,no node: install Node.js 22 or later (20 works))
	@command -v npm >/dev/null || $(call DIE,no npm: it comes with Node.js)
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || $(call DIE,node is older than 20: install Node.js 22 or later)
	@echo "setup: node_modules (the CDK command line)"
	@npm ci --silent --no-audit --no-fund
	@touch $@

# --- run --------------------------------------------------------------------------------------
.PHONY: up down status logs demo replay payouts docs redrive
up: setup ## Start the whole system here and deploy what changed
	@$(CLI) up $(ARGS)
down: setup ## Stop what up started
	@$(CLI) down $(ARGS)
status: setup ## Say what runs, where, and whether it is healthy
	@$(CLI) status $(ARGS)
logs: setup ## Print the functions' logs (ARGS="payments --follow")
	@$(CLI) logs $(ARGS)
demo: setup ## Tell a payment's story from checkout to a zero trial balance
	@$(CLI) demo $(ARGS)
replay: setup ## Run an order history through the system (DATA=file.jsonl[.gz])
	@[ -n "$(DATA)" ] || $(call DIE,say which file: make replay DATA=orders.jsonl.gz)
	@$(CLI) replay $(DATA) $(ARGS)
payouts: setup ## Pay many sellers out in a monthly run, twice, and prove it (SELLERS=2000)
	@$(CLI) payouts $(if $(SELLERS),--sellers $(SELLERS)) $(ARGS)
docs: setup ## Browse the API document here
	@$(CLI) docs $(ARGS)
redrive: setup ## Send a dead-letter queue's messages back to work
	@$(CLI) redrive $(ARGS)

# --- check ------------------------------------------------------------------------------------
# Workers pay for a first run, which reads every library's types; after it they only cost.
MYPY_WORKERS := $(if $(wildcard .mypy_cache),,-n $(JOBS))
# Of the named folders, those that exist: a missing suite is not an error, an empty run is.
UNIT := $(wildcard tests/unit tests/house)
# What only a developer runs, and the sandbox PSPs: their tests are quick, but the gate is for what is deployed.
TOOLS := $(wildcard tests/unit/sandbox_psp tests/unit/tools tests/unit/bench)
REST := $(TOOLS) $(wildcard tests/contract tests/conformance tests/infra tests/workflows tests/integration tests/simulation tests/security tests/engine tests/drills tests/cost)

.PHONY: check test unit e2e simulate secure drills cost capacity load conformance bench bench-reconciliation openapi format
check: setup ## The gate: style, types, architecture, generated files, fast tests
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy $(MYPY_WORKERS)
	@$(PYPATH) .venv/bin/lint-imports
	@$(PY) -m tools.openapi --check
	@$(PY) -m tools.states --check
	@$(PY) -m tools.currencies --check
	@$(PY) -m tools.sbom --check
	@$(MAKE) --no-print-directory unit
unit: setup ## Unit and house tests
	@$(PYTEST) -n $(JOBS) --dist worksteal -q $(UNIT) $(addprefix --ignore=,$(TOOLS)) $(ARGS)
test: check ## Everything CI runs: check, then contracts, infrastructure, integration, simulation, end to end
	@$(PYTEST) -n $(JOBS) -q $(REST)
	@HYPOTHESIS_PROFILE=wide $(PYTEST) -n $(JOBS) -q tests/unit/core
	@if [ -d tests/e2e ]; then $(MAKE) --no-print-directory e2e; fi
e2e: setup ## End-to-end tests against a system started and stopped here
	@$(CLI) run -- $(MAKE) --no-print-directory e2e-running
.PHONY: e2e-running
e2e-running:
	@$(PYTEST) -q -n 3 -m "not alone" tests/e2e $(ARGS)
	@$(PYTEST) -q -m alone tests/e2e $(ARGS)
simulate: setup ## Fail every call in every way, and write docs/simulation.md (ARGS="--only random --minutes 15")
	@$(PYPATH) JOBS=$(JOBS) $(PY) -m tests.simulation $(ARGS)
secure: setup ## Try every door, and write docs/secure.md (ARGS="--quick", "--only role-matrix")
	@$(PYPATH) $(PY) -m tools.secure $(ARGS)
drills: setup ## Play the runbook's emergencies, and write docs/drills.md (ARGS="--only poison")
	@$(PYPATH) $(PY) -m tools.drills $(ARGS)
cost: setup ## Count and price every journey, and write docs/cost.md (ARGS=--lower makes it the budget)
	@$(PYPATH) $(PY) -m tools.cost $(ARGS)
capacity: setup ## Where it breaks first at 1x, 5x, 10x, and what to raise: docs/capacity.md
	@$(PYPATH) $(PY) -m tools.capacity $(ARGS)
load: setup ## Play 1,000 checkouts beside the emulator's bare rate, soak, and write docs/load.md (DATA=orders.jsonl.gz)
	@$(PYPATH) $(PY) -m tools.load $(if $(DATA),--data $(DATA)) $(ARGS)
conformance: setup ## Play every scenario at every PSP, and write docs/conformance.md
	@$(PYTEST) -n $(JOBS) -q tests/conformance -k "not documents_table" $(ARGS)
	@$(PYPATH) $(PY) -m tests.conformance
bench: setup ## Count cold starts and warm paths beside bare boto3, and write docs/bench.md
	@$(CLI) bench $(ARGS)
bench-reconciliation: setup ## Measure a day's match, beside a bare join (ARGS="--orders 100000")
	@$(CLI) bench-reconciliation $(ARGS)
openapi: setup ## Write the generated documents from the code
	@$(PY) -m tools.openapi
	@$(PY) -m tools.states
	@$(PY) -m tools.currencies
	@$(PY) -m tools.sbom
format: setup ## Format and apply the safe fixes
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

# --- tidy -------------------------------------------------------------------------------------
.PHONY: lock clean
lock: .venv/.synced ## Resolve the requirements anew (reads the package registry)
	@$(PY) -m tools.lock
clean: ## Stop the local system and remove everything that can be made again
	@if [ -x $(PY) ] && [ -e .local/pids.json ]; then $(CLI) down; fi
	rm -rf .local .build cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .venv .engine node_modules
