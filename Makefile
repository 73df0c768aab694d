# One command each. `make demo` on a fresh machine needs Python 3.11 and nothing else; no PostgreSQL, no root.
# The tools live in .venv; a stamp file there remembers what was installed, so a second run starts at once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FILES ?= tests
# One for each of two cores: a third makes the browser journeys outlive their patience.
WORKERS ?= 2

# With it set, each start compiles every module again.
unexport PYTHONDONTWRITEBYTECODE
# Another environment's interpreter must not leak into ours.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help demo serve test check lock bench journeys

help: ## say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: $(INSTALLED) ## the whole story, with made-up people, in under a minute
	$(BIN)/registry demo

serve: $(INSTALLED) ## keep a sandbox running: PostgreSQL, key operator, API, worker, relay; DEMO=1 for what the demo left
	$(BIN)/registry up$(if $(DEMO), --demo)

test: $(INSTALLED) ## every test; FILES=tests/store for some, WORKERS=0 for one process
	$(BIN)/python -m pytest -q -n $(WORKERS) $(FILES)

# The core is small enough to be tested to its last branch; 95 % is the floor.
COVERED = pytest -q -n $(WORKERS) tests/domain tests/crypto tests/formats --cov-branch \
	--cov=registry.domain --cov=registry.crypto --cov=registry_formats --cov-report=term:skip-covered --cov-fail-under=95

check: $(INSTALLED) ## style, types, layers, dependencies, house rules; says all that is wrong, not the first thing
	@failed=""; for tool in "ruff format --check --quiet" "ruff check --quiet" "mypy --no-error-summary" \
	"lint-imports --no-logo" "deptry registry" "pytest -q -n $(WORKERS) tests/meta" "$(COVERED)"; do \
	echo "== $$tool"; $(BIN)/$$tool || failed="$$failed; $$tool"; done; \
	test -z "$$failed" || { echo "make check: failed$$failed"; exit 1; }

bench: $(INSTALLED) ## measured ratios; ONLY=NAME for one
	$(BIN)/python -m tests.bench $(ONLY)

journeys: $(INSTALLED) ## the journeys J1 to J12; ONLY=Jn for one
	$(BIN)/python -m tests.journeys $(ONLY)

LOCK := uv pip compile pyproject.toml clients/python/pyproject.toml --universal --generate-hashes --quiet \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-package registry-client

lock: $(INSTALLED) ## write requirements*.txt anew from the bounds in pyproject; UPGRADE=1 for newer versions
	$(BIN)/$(LOCK) $(if $(UPGRADE),--upgrade) -o requirements.txt
	$(BIN)/$(LOCK) $(if $(UPGRADE),--upgrade) --extra dev -o requirements-dev.txt

# uv is 40 times as fast as pip, and comes from pip; where it cannot be had or finds no index, pip does the same.
INSTALL = install --quiet --require-hashes -r requirements-dev.txt
INSTALL_OURS = install --quiet --no-deps -e clients/python -e .
PIP := $(BIN)/python -m pip --disable-pip-version-check

$(INSTALLED): requirements-dev.txt pyproject.toml clients/python/pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(PIP) install -qq uv 2>/dev/null || true
	@$(BIN)/uv pip $(INSTALL) --python $(BIN)/python 2>/dev/null || $(PIP) $(INSTALL)
	@$(BIN)/uv pip $(INSTALL_OURS) --python $(BIN)/python 2>/dev/null || $(PIP) $(INSTALL_OURS)
	@touch $@
