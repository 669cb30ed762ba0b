# Everything a contributor runs. Needs make and Python 3.11 or newer; all else is put into
# .venv on demand, and again only when pyproject.toml changes.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# options for pytest, as in: make test PYTEST='-k duplicate -x'
PYTEST ?=
# tests wait for servers and processes half of the time
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
LOGDIR ?= runs
DEMO := fixtures/keras/digits/digits.csv
# the lowest versions have wheels for this Python
LOWEST_PYTHON ?= python3.11
# a build of torch without CUDA is enough to run beside
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP := python -m pip install --quiet

.DEFAULT_GOAL := help
.PHONY: help demo install test check fmt lint types proto proto-check golden browser picture walkthrough frameworks docs-dialects histograms lowest wheel archive bench bench-dialects clean

help: ## say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# ------------------------------------------------------------------------- use it

demo: install ## convert a log that ships with the project
	$(BIN)/tbconvert ingest $(DEMO) --logdir $(LOGDIR)

install: $(VENV)/.installed ## put tbconvert into .venv

# ------------------------------------------------------------------------- change it

test: $(VENV)/.extra-test ## run the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not browser" $(PYTEST)

check: lint types test ## all that a change must pass

fmt: $(VENV)/.extra-lint ## put the code into shape
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lint: $(VENV)/.extra-lint ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.extra-lint ## check types
	$(BIN)/mypy --strict

golden: $(VENV)/.extra-test ## run the cases under fixtures/ only
	$(BIN)/python -m pytest tests/golden $(PYTEST)

browser: $(VENV)/.extra-test $(VENV)/.extra-browser ## look at the page in headless Chromium
	$(BIN)/python -m pytest -m browser $(PYTEST)

picture: $(VENV)/.extra-test $(VENV)/.extra-browser ## take the README's picture again
	PYTHONPATH=tests $(BIN)/python docs/picture.py

walkthrough: $(VENV)/.extra-test $(VENV)/.extra-browser $(VENV)/.extra-docs ## take the pictures of the walk-through again
	PYTHONPATH=tests $(BIN)/python docs/walkthrough/pictures.py

docs-dialects: install ## write docs/dialects.md again, from the table of dialects
	$(BIN)/python docs/dialects.py

frameworks: $(VENV)/.extra-test $(VENV)/.extra-browser ## take the pictures of ten frameworks' logs again
	PYTHONPATH=tests $(BIN)/python docs/frameworks.py

histograms: $(VENV)/.extra-test $(VENV)/.extra-browser $(VENV)/.extra-bench ## compare with other writers again, for docs/histograms.md
	PYTHONPATH=tests $(BIN)/python docs/histograms.py

lowest: .venv-lowest/.installed ## run the tests on the lowest versions that pyproject.toml allows
	.venv-lowest/bin/python -m pytest -n $(WORKERS) --dist worksteal -m "not browser" $(PYTEST)

wheel: $(BIN)/python ## build the wheel and try it in a clean environment
	.ci/wheel.sh $(BIN)/python

proto: ## generate tbconvert/proto/ again
	.ci/proto.sh write

proto-check: ## say whether tbconvert/proto/ is stale
	.ci/proto.sh check

archive: $(VENV)/.extra-test ## kill the conversion of 10,000 experiments three times, with each engine, and into a store
	ulimit -n 256 && TBCONVERT_ARCHIVE=10000 \
		$(BIN)/python -m pytest tests/faults/test_archives.py tests/stores/test_archive.py $(PYTEST)

bench: $(VENV)/.extra-bench ## measure against the figures to reach; ARGS='--only csv --repeat 3'
	$(BIN)/python -m bench $(ARGS)

bench-dialects: install ## measure each dialect beside the generic path; ARGS='--only ray --repeat 1'
	$(BIN)/python -m bench.dialects $(ARGS)

clean: ## remove what make has made
	rm -rf .venv .venv-* build dist *.egg-info bench/data .*_cache

# ------------------------------------------------------------------------- environments

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is wanted: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/$(PIP) --editable .
	@touch $@

$(VENV)/.extra-bench: pyproject.toml | $(BIN)/python
	$(BIN)/$(PIP) --extra-index-url $(TORCH_INDEX) --editable '.[bench]'
	@touch $@

$(VENV)/.extra-%: pyproject.toml | $(BIN)/python
	$(BIN)/$(PIP) --editable '.[$*]'
	@touch $@

.venv-lowest/.installed: pyproject.toml .ci/floors.py
	$(LOWEST_PYTHON) -m venv --clear .venv-lowest
	.venv-lowest/bin/python .ci/floors.py > .venv-lowest/floors.txt
	.venv-lowest/bin/$(PIP) --only-binary :all: --requirement .venv-lowest/floors.txt
	.venv-lowest/bin/$(PIP) --no-deps --editable .
	.venv-lowest/bin/python -m pip check
	@touch $@
