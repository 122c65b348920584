# make run    sets everything up and runs the shipped scenario
# make test   sets everything up and runs every check
SCENARIO ?= scenarios/b2b_saas_3000.yaml
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
# without it every process that a test starts would compile all modules anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint types layers compiled compiled-bounds unit bounds bench format clean help

help:
	@sed -n '1,2p' Makefile

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("csm-sim needs Python 3.11 or later") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -e '.[dev]'
	@# pip would compile the tests of all packages, too, and with one processor
	-@$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' .venv/lib
	touch $(READY)

run: $(READY)
	$(BIN)/csm-sim run $(SCENARIO)

# what needs no compiled code is checked beside the compilation; tests in several processes would each compile
test: $(READY)
	$(MAKE) --no-print-directory -j 5 lint layers types compiled compiled-bounds
	$(MAKE) --no-print-directory unit
	$(MAKE) --no-print-directory bounds

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

compiled: $(READY)
	$(BIN)/python tests/compiled.py

compiled-bounds: $(READY)
	NUMBA_BOUNDSCHECK=1 $(BIN)/python tests/compiled.py

unit: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal

# the compiled code once more with every index checked
bounds: $(READY)
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -n 2 --dist worksteal tests/bounds

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/harness.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
