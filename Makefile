# Velocity Pipelines. `make` alone says what there is.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON ?= $(firstword $(foreach v,python3.13 python3.12 python3.11 python3,$(if $(shell $(v) -c 'import sys; sys.exit(not (3,11) <= sys.version_info < (3,14))' 2>/dev/null && echo yes),$(v))))
BIN := .venv/bin
STAMP := .venv/installed

.PHONY: help install demo test check up down soak bench lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## Make .venv from the hash-locked requirements

$(STAMP): requirements-uv.txt requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed: install it, or run make PYTHON=/path/to/python3.12"; exit 2; }
	@echo "making .venv with $(PYTHON)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "this Python has no venv: install it (Debian: python3-venv)"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@$(BIN)/python -m uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.txt requirements-uv.txt
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: install ## Import invented exports by real runs and show what came of it
	@$(BIN)/python -m velocity_pipelines.demo

test: install check ## Everything that is checked: style, types, layers, unit and integration tests
	$(BIN)/python -m pytest

check: install ## Style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

up: install ## Start the platform
	@$(BIN)/velocity up

down: install ## Stop the platform
	@$(BIN)/velocity down

soak: install ## Long seeded histories and faults; continues where it was stopped
	$(BIN)/python -m tests.soak

bench: install ## Measure beside bare Splink and write docs/benchmarks.md
	$(BIN)/python benchmarks/run.py

lock: install ## Resolve the requirements anew
	@printf 'uv\n' | $(BIN)/uv pip compile - --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements-uv.txt
	@$(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --group dev --constraints requirements.txt --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements-dev.txt

clean: ## Stop the platform and remove .venv; var/ with your data stays
	@test ! -x $(BIN)/velocity || $(BIN)/velocity down
	@rm -rf .venv
