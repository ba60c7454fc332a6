# Two commands do everything: `make run` and `make test`. They need Python 3.11+ (with venv) and make, nothing else.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TOOLS_BIN := .venv/tools/bin
TOOLS := .venv/tools/.ready
SIDE_BY_SIDE ?= 3
PYTEST := $(BIN)/python -m pytest

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test lint format fuzz fuzz-decoders faults storm soak bench judge month gate gate-accept schemas audit sbom lock clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "leadstream needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3 cannot make virtual environments; on Debian: apt install python3-venv"; exit 1; }
	@echo "Installing the pinned packages (first time only)"
	@$(BIN)/pip install --require-hashes --progress-bar off -r requirements.lock \
	  | awk '/^Collecting/ {n++; if (n % 10 == 0) {printf "\r  %d packages found", n; fflush()}} /^Installing collected/ {printf "\r  %d packages: installing  ", n; fflush()} END {print ""}'
	@$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

$(TOOLS): tests/supply/tools.lock  # an environment of their own: what audits the packages is none of them
	@$(PYTHON) -m venv .venv/tools
	@$(TOOLS_BIN)/pip install --quiet --require-hashes -r tests/supply/tools.lock
	@touch $@

run: $(READY) ## Everything on this machine, live; LEADS=20000 stops after so many, RATE=… per second
	@exec $(BIN)/leadstream run $(if $(LEADS),--leads $(LEADS)) $(if $(RATE),--rate $(RATE)) $(if $(WORKERS),--workers $(WORKERS))

test: $(READY) ## All tests, the ones on a real Kafka and Redis included (under 10 minutes); EXAMPLES=20 tries each property on so many times more
	$(PYTEST) -m "not faults and not storm and not soak and not bench" -n $(SIDE_BY_SIDE) --no-loadscope-reorder

lint: $(READY) ## ruff (lint and format) and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## Format and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

faults: $(READY) ## Break it on purpose, fault by fault; LONG=3 for three times as many, ONLY="workers redis", RATE=… SEED=…, PATIENCE=3 on a busy machine
	$(PYTEST) -m faults -s --timeout=3600 $(patsubst %,tests/faults/test_%.py,$(ONLY))

storm: $(READY) ## 100,000 leads on three brokers, everything killed in one run: 0 lost, 0 doubled; LEADS=… RATE=… SEED=…
	$(PYTEST) -m storm -s tests/faults

soak: $(READY) ## All faults for hours: nothing lost, memory and open files flat; HOURS=2 RATE=… SEED=…
	$(PYTEST) -m soak -s tests/faults

fuzz: $(READY) ## A million hostile inputs through the whole pure pipeline, in two processes; N=20000 SEED=2 MINUTES=5, goes on where it stopped
	@$(BIN)/python -m tests.fuzz --inputs $(or $(N),1000000) --seed $(or $(SEED),1) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(AFRESH),--afresh)

fuzz-decoders: $(READY) ## Coverage-guided (atheris): every decoder, SECONDS=30 each
	@$(BIN)/pip install --quiet "atheris>=3" 2>/dev/null || true
	@$(BIN)/python -m tests.fuzz.guided --seconds $(or $(SECONDS),30)

bench: $(READY) ## Ratios in one run: pure core, one worker, the bare loop
	$(PYTEST) -m bench -s --timeout=1800

judge: $(READY) ## How well mapping and matching do on the payloads, labels and records at hand, in figures
	$(PYTEST) -q -s tests/mapping tests/matching tests/unit/test_crm_field_names.py

month: $(READY) ## A simulated month of a shop, a bad model and a bad rule planted; SEED=…; MONTHS=20 for so many calm ones, WORLDS=1 for other worlds
	@$(BIN)/python -m tests.month --seed $(or $(SEED),1) $(if $(MONTHS),--months $(MONTHS)) $(if $(WORLDS),--sensitivity)

gate: $(READY) ## May the model of this tree take the place of the last accepted one? On recorded data, by the gate of promotions; a minute
	@$(BIN)/python -m tests.gate

gate-accept: $(READY) ## Record this tree's model as accepted, if the gate lets it pass; WHY="…" says what changed, FORCE=1 insists
	@$(BIN)/python -m tests.gate --accept --why "$(WHY)" $(if $(FORCE),--force)

schemas: $(READY) ## Hold every schema against its earlier versions
	$(PYTEST) tests/unit/test_schemas.py

audit: $(READY) $(TOOLS) ## Known vulnerabilities of the pinned packages, but those accepted with a reason; error 3: the service cannot be reached
	@$(BIN)/python -m tests.supply.audit $(TOOLS_BIN)/pip-audit$(if $(OFFLINE_PASSES), || [ $$? = 3 ])

sbom: $(READY) $(TOOLS) ## The software bill of materials, dist/sbom.cdx.json (CycloneDX), held against the lock
	@$(BIN)/python -m tests.supply.sbom $(TOOLS_BIN)/cyclonedx-py

lock: ## Pin again what pyproject.toml asks for
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -q -o requirements.lock
	$(BIN)/uv pip compile --group supply --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -q -o tests/supply/tools.lock

clean: ## Remove the environment and all data
	rm -rf .venv .leadstream .pytest_cache .mypy_cache .ruff_cache .hypothesis
