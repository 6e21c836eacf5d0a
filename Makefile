# Velocity Pipelines: everything that a person types; `make` alone lists it. Not here: logic that a test should see.
#
# PYTHON=… chooses the interpreter of a new .venv; otherwise the first of 3.11 to 3.13 that is found.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
BIN := .venv/bin
STAMP := .venv/installed
LOCKS := requirements-dev.txt requirements-uv.txt
PIP := $(BIN)/python -m pip install --disable-pip-version-check
LABELLED ?= ../shared/data/labelled
export PYTHON

.PHONY: help install demo test check up down soak bench spark lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

install: $(STAMP) ## Make .venv from the hash-locked requirements

demo: install ## Import invented exports by real runs and show what came of it
	@$(BIN)/python -m velocity_pipelines.demo

test: install check ## Everything that is checked: style, types, layers, unit and integration tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: install ## Style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

up: install ## Start the platform
	@$(BIN)/velocity up

down: install ## Stop the platform; nothing is left running
	@$(BIN)/velocity down

soak: install ## Long seeded histories and faults; continues where it was stopped
	$(BIN)/python -m tests.soak

bench: install ## Measure beside bare Splink and write docs/benchmarks.md
	$(BIN)/python benchmarks/run.py
	for part in hard scale shipped cost; do $(BIN)/python benchmarks/knowing.py $$part || exit 1; done
	if [ -d "$(LABELLED)" ]; then $(BIN)/python benchmarks/knowing.py accuracy "$(LABELLED)"; \
	else echo "no labelled sets at $(LABELLED): their accuracy was not measured"; fi

# pyspark comes as source alone and says not what it is built with, so its build is isolated. The next `make install`
# that has something to do takes it out again.
spark: install ## Install the extra for Spark and compare its levels with DuckDB's; needs Java
	@$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --constraints requirements.txt \
		--editable '.[spark]' --no-build-isolation-package velocity-pipelines || \
		$(PIP) --quiet --constraint requirements.txt --editable '.[spark]'
	$(BIN)/python -m pytest tests/integration/test_spark.py

# Keeps what is pinned; `make lock UPGRADE=--upgrade` takes the newest that pyproject.toml allows.
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11 $(UPGRADE)

lock: install ## Resolve the requirements anew
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --group dev --constraints requirements.txt -o requirements-dev.txt
	@echo uv | $(COMPILE) --no-annotate - -o requirements-uv.txt

clean: ## Stop the platform, remove .venv and caches; var/ with your data stays
	@test ! -x $(BIN)/velocity || $(BIN)/velocity down || echo "the platform could not be stopped"
	@rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache

# What is installed is compiled at once: where Python may not write beside it, each start would compile it anew.
# uv installs in seconds where pip needs a minute, but it reads neither pip's configuration nor, unless told, the
# machine's certificates; where it is absent or fails, pip goes on (without dependencies: the lock is whole, and an
# older pip trips over extras in it).
$(STAMP): pyproject.toml requirements.txt $(LOCKS) | $(BIN)/python
	@echo "installing the locked requirements"
	@$(PIP) --quiet --only-binary :all: --require-hashes -r requirements-uv.txt || true
	@mirror=$$($(BIN)/python -m pip config get global.index-url 2>/dev/null); \
	if [ -n "$$mirror" ]; then export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$mirror}"; fi; \
	$(BIN)/uv pip sync --quiet --compile-bytecode --system-certs --python $(BIN)/python --require-hashes $(LOCKS) || { \
		echo "uv does not serve here: going on with pip"; \
		$(PIP) --require-hashes --no-deps -r requirements-dev.txt; }
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python:
	@if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; else set -- python3 python3.13 python3.12 python3.11; fi; \
	for python in "$$@"; do \
		"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || continue; \
		"$$python" -c 'import venv, ensurepip' 2>/dev/null || { \
			echo "$$python has no venv: install it (Debian, Ubuntu: apt install python3-venv), then again" >&2; exit 2; }; \
		echo "making .venv with $$("$$python" --version)"; \
		exec "$$python" -m venv .venv; \
	done; \
	echo "no Python 3.11, 3.12 or 3.13 among: $$*; install one, or name it: make install PYTHON=…" >&2; exit 2
