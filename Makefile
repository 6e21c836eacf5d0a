# Everything that a person types. `make` alone lists it. Not here: any logic that a test should see.
#
# PYTHON=… chooses the interpreter of a new environment; otherwise the first of 3.11 to 3.13 that is found.

BIN := .venv/bin
DEV_LOCK := requirements-dev.txt
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help install demo test check up down soak bench lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

install: .venv/installed ## make .venv from the hash-locked requirements

demo: install ## write demo exports, import them by real Dagster runs, say what came out
	@$(BIN)/python -m velocity_pipelines.demo

test: install check ## check, then the whole test suite
	$(BIN)/pytest

check: install ## lint, format, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

up: install ## start the platform: Postgres, code server, webserver, daemon
	@$(BIN)/velocity up

down: install ## stop the platform; nothing is left running
	@$(BIN)/velocity down

soak: install ## long seeded histories and faults
	$(BIN)/pytest tests/soak

bench: install ## seconds a stage and peak memory, beside bare Splink
	$(BIN)/python -m benchmarks

# Keeps what is pinned; `make lock UPGRADE=--upgrade` takes the newest that pyproject.toml allows.
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11 $(UPGRADE)

lock: install ## write the three requirements files anew
	$(COMPILE) pyproject.toml --output-file requirements.txt
	$(COMPILE) pyproject.toml --group dev --constraint requirements.txt --output-file $(DEV_LOCK)
	echo uv | $(COMPILE) - --no-annotate --output-file requirements-uv.txt

clean: ## stop the platform, remove .venv and caches; var/, the data, stays
	@if [ -x $(BIN)/velocity ]; then $(BIN)/velocity down || echo "could not stop the platform"; fi
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv installs in seconds where pip needs minutes. It does not read pip's configuration, so a mirror is handed on.
.venv/installed: pyproject.toml requirements.txt $(DEV_LOCK) requirements-uv.txt | $(BIN)/python
	@echo "installing the locked requirements (under a minute with uv, minutes with pip)"
	@$(BIN)/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements-uv.txt \
		|| echo "no uv for this machine: going on with pip"
	@set -e; if [ -x $(BIN)/uv ]; then \
		mirror=$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true); \
		if [ -n "$$mirror" ]; then export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$mirror}"; fi; \
		set -- $(BIN)/uv pip install --python $(BIN)/python; \
	else set -- $(BIN)/python -m pip install; fi; \
	"$$@" --require-hashes -r $(DEV_LOCK); \
	"$$@" --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python:
	@if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; else set -- python3 python3.13 python3.12 python3.11; fi; \
	for python in "$$@"; do \
		if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
			if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
				echo "$$python has no venv: install it (Debian, Ubuntu: apt install python3-venv), then again" >&2; \
				exit 2; \
			fi; \
			echo "making .venv with $$("$$python" --version)"; \
			exec "$$python" -m venv .venv; \
		fi; \
	done; \
	echo "no Python 3.11, 3.12 or 3.13 among: $$*; install one, or name it: make install PYTHON=…" >&2; exit 2
