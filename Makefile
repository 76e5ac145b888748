# Oracle: `make demo` shows it, `make test` checks it; `make help` lists the rest.
# Needs Python 3.11 or later, make, and a package index; nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export ORACLE_HOME ?= $(CURDIR)/out

.DEFAULT_GOAL := help
.PHONY: help setup demo serve notebook test fuzz test-browser check bench drills test-models constraints clean

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(READY): pyproject.toml constraints.txt
	@echo "==> setting up $(VENV) (once; again when pyproject.toml or constraints.txt change)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null 2>&1 || test -x $(BIN)/uv || { echo "==> uv is not on the PATH: installing it into $(VENV)"; $(BIN)/python -m pip install --quiet uv; }
	@echo "==> installing Oracle and its development tools at the pinned versions"
	@UV=$$(command -v uv || echo $(BIN)/uv); $$UV pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev]'
	@touch $@
	@echo "==> ready"

setup: $(READY)  ## make .venv with everything that development needs

demo: setup  ## build the demo warehouse, ask three questions, write the page as HTML
	@$(BIN)/oracle demo run --out out

serve: setup  ## serve the canvas on http://127.0.0.1:8000
	@$(BIN)/oracle serve

notebook: setup  ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --notebook-dir notebooks

test: setup  ## all tests, PostgreSQL included
	@$(BIN)/python -m pytest -n 2

test-browser: setup  ## the studio in an installed Chromium (ORACLE_CHROMIUM names one elsewhere)
	@$(BIN)/python -m pytest tests/browser

fuzz: setup  ## many more made-up requests against the served contract than in `make test`
	@ORACLE_FUZZ=$${ORACLE_FUZZ:-300} $(BIN)/python -m pytest tests/server/test_fuzz.py

check: setup  ## lint, types, layers, content
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/oracle check

bench: setup  ## the figures of the README, each beside its floor
	@$(BIN)/python -m benchmarks

drills: setup  ## the long runs: merges by the hundred thousand; writers, workers, servers, databases killed in the middle
	@$(BIN)/python -m benchmarks.drills_merges
	@$(BIN)/python -m benchmarks.drills_pages
	@$(BIN)/python -m benchmarks.drills_batch

test-models: setup  ## the provider contract on a real Ollama and a real llama.cpp server; needs Go and a compiler
	@$(BIN)/python -m tests.models

constraints: setup  ## write constraints.txt from what is installed
	@{ echo "# Versions that the tests passed with. Names and versions only; refresh with: make constraints"; \
	  UV=$$(command -v uv || echo $(BIN)/uv); $$UV pip freeze --python $(BIN)/python --exclude-editable; } > constraints.new
	@mv constraints.new constraints.txt

clean:  ## remove what was made
	rm -rf $(VENV) out build dist
