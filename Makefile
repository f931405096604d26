PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.locked
ONLY   ?=

export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: demo test soak check bench up clean lock

demo: $(STAMP)
	$(BIN)/provodka demo

test: $(STAMP)
	$(BIN)/python scripts/test

soak: $(STAMP)
	$(BIN)/python scripts/soak

check: $(STAMP)
	$(BIN)/python scripts/check

bench: $(STAMP) $(VENV)/.bench-locked
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

up: $(STAMP)
	$(BIN)/provodka up

clean:
	rm -rf $(VENV) .venv-bench .provodka build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

lock:
	$(BIN)/python scripts/lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	@echo "Setting up $(VENV) from requirements.lock: a minute or two, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.bench-locked: requirements-bench.lock $(STAMP)
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@
