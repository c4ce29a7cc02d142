# Every target sets up what it needs in .venv; `make` alone lists the targets.
PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
INSPECT := build/inspect
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
PIP    := $(PY) -m pip install -qq --disable-pip-version-check -c requirements.lock

.DEFAULT_GOAL := help
.PHONY: help install demo test checks pytest lint bench serve export lock image image-test dsdl-conf splunk-app splunk-test clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-%: requirements/%.in requirements/prod.in requirements/notebook.in requirements.lock | $(PY)
	@echo "installing requirements/$*.in into $(VENV) ..."
	@$(PIP) -r requirements/$*.in
	@touch $@

install: $(VENV)/.installed-dev  ## set up the virtual environment in .venv

demo: $(VENV)/.installed-prod  ## the main job on bundled data: fit and apply over HTTPS, the table, an HTML report
	@$(PY) -m app.demo

test: $(VENV)/.installed-test  ## lint, types, generated files in sync, the Splunk app, tests
	@$(MAKE) --no-print-directory --jobs 2 checks pytest

checks: lint splunk-test
	@$(PY) -m app.export --check
	@$(PY) -m app.docs --check

pytest: $(VENV)/.installed-test
	@$(PY) -m pytest --numprocesses 4 --dist loadfile

lint: $(VENV)/.installed-test  ## ruff (lint and format) and mypy
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check .
	@$(PY) -m mypy --no-error-summary

bench: $(VENV)/.installed-bench  ## rows per second and accuracy beside msticpy, in one run
	@$(PY) -m tests.bench

serve: $(VENV)/.installed-prod  ## the service in the foreground; PORT, SRV_DIR, api_token, ... from the environment
	@$(PY) -m app

export: $(VENV)/.installed-dev  ## write model/*.py from notebooks/*.ipynb
	@$(PY) -m app.export

lock: $(VENV)/.installed-test  ## pin the newest versions of everything in requirements/ together
	@$(PIP) uv
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-header --no-annotate requirements/lock.in -o requirements.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-header --no-annotate requirements/inspect.in -o requirements/inspect.lock

image:  ## build the images dsdl-hunt:prod and dsdl-hunt:dev; BUILD_ARGS go to docker build
	@for target in prod dev; do DOCKER_BUILDKIT=1 docker build $(BUILD_ARGS) --target $$target -t dsdl-hunt:$$target . || exit 1; done

image-test: $(VENV)/.installed-test  ## build the images and try them on a real Docker Engine; starts one if none runs (root)
	@$(PY) -m tests.container

dsdl-conf:  ## files for Splunk's DSDL app from the running container, into build/: make dsdl-conf HOST=hunt.example.com
	@test -n "$(HOST)" || { echo "HOST is not set: the name under which the search head reaches this machine" >&2; exit 1; }
	@mkdir -p build
	@$(COMPOSE) exec -T dev sh -c 'python -m app.dsdl_conf --host $(HOST) --output /tmp/dsdl-conf >&2 && tar -C /tmp -c dsdl-conf' | tar -C build -x

splunk-app: $(VENV)/.installed-prod  ## build the app for Splunk: dist/dsdl_hunt-<version>.tar.gz
	@rm -f dist/dsdl_hunt-*.tar.gz
	@$(PY) -m splunk_app.package

$(INSPECT)/.installed: requirements/inspect.lock | $(PY)
	@echo "installing requirements/inspect.lock into $(INSPECT) ..."
	@$(PYTHON) -m venv --clear $(INSPECT)
	@$(INSPECT)/bin/python -m pip install -qq --disable-pip-version-check -r requirements/inspect.lock
	@touch $@

splunk-test: splunk-app $(INSPECT)/.installed  ## inspect the app as Splunkbase and Splunk Cloud do; says only what is wrong
	@$(INSPECT)/bin/python splunk_app/inspection.py dist/dsdl_hunt-*.tar.gz

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist .srv .mypy_cache .ruff_cache .pytest_cache .hypothesis
