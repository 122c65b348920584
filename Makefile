# make run    sets everything up and runs the shipped scenario
# make test   sets everything up and runs every check
SCENARIO ?= scenarios/b2b_saas_3000.yaml
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: run test lint types layers unit bounds bench format clean help

help:
	@sed -n '1,2p' Makefile

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("csm-sim needs Python 3.11 or later") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(READY)

run: $(READY)
	$(BIN)/csm-sim run $(SCENARIO)

test: lint types layers unit bounds

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal

# the compiled code once more with every index checked: all rules, at random, as run and as twin
BOUNDS = $(addprefix tests/,reference/test_parity.py properties/test_invariants.py properties/test_people.py \
	properties/test_customer_relations.py)

bounds: $(READY)
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -n 2 --dist worksteal $(BOUNDS)

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/harness.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
