# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Installed files go to .venv, built files to .cache.

# The first interpreter that runs (the shim of a version manager may fail), is new enough and can create environments.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$python; break; }; done)

BIN := .venv/bin
# Tests must not depend on the user's Ansible settings.
ENVIRONMENT := env LC_ALL=C.UTF-8 ANSIBLE_CONFIG="$(CURDIR)/tests/ansible.cfg" PATH="$(CURDIR)/$(BIN):$$PATH"
PYTEST_ARGS ?=
# noxfile.py defines the sessions.
NOX := $(ENVIRONMENT) $(BIN)/nox

.PHONY: help demo gate test unit integration lint sanity docs-check docs matrix mutations bench simulator clean
.DEFAULT_GOAL := help

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A virtual environment cannot be moved: its commands contain the path of their interpreter.
ifneq ($(shell cat .venv/place 2>/dev/null || pwd),$(CURDIR))
$(shell rm -rf .venv)
endif

.venv/%.stamp: tests/requirements/%.txt requirements.txt | .venv/bin/python
	@# An environment whose creation was interrupted has no pip.
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	@pwd >.venv/place
	@touch $@

.venv/bin/python:
	@"$(PYTHON)" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer, with its venv and ensurepip modules, is needed and was not found" \
		"(on Debian and Ubuntu: apt install python3-venv). Name one with: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear .venv

.venv/demo.stamp: tests/requirements/gate.txt
.venv/test.stamp: tests/requirements/gate.txt tests/requirements/demo.txt

demo: .venv/demo.stamp ## show the gate on a simulated cloud: it fails, starts the scan, and passes
	@$(ENVIRONMENT) $(BIN)/python -m tests.demo

gate: .venv/gate.stamp ## run the gate on a real account: make gate REGION=cn-north-4 [PROJECT_ID=...], or make gate ALL_PROJECTS=true
	@LC_ALL=C.UTF-8 $(BIN)/python -m tests.tools.gate

# Their values reach the script through its environment, so no shell and no template reads them. So do the names of those that are
# given, since an empty value is not the same as none.
gate: override export GATE_GIVEN := $(foreach name,REGION PROJECT_ID ENTERPRISE_PROJECT_ID ALL_PROJECTS,$(if $(filter undefined,$(origin $(name))),,$(name)))
gate: override export REGION := $(value REGION)
gate: override export PROJECT_ID := $(value PROJECT_ID)
gate: override export ENTERPRISE_PROJECT_ID := $(value ENTERPRISE_PROJECT_ID)
gate: override export ALL_PROJECTS := $(value ALL_PROJECTS)

# A session whose Python is not installed is skipped with a message.
test: .venv/test.stamp ## run all checks, as CI does
	@$(NOX) --no-error-on-missing-interpreters $(NOX_ARGS)
	@echo "make test: every check passed. Branch coverage of plugins/ by unit tests: $$($(BIN)/coverage report --format=total) %."

unit: .venv/test.stamp ## run the unit tests: make unit [PYTEST_ARGS="-k paging"]
	@$(NOX) -s unit -- $(PYTEST_ARGS)

integration: .venv/test.stamp ## run the integration tests: real ansible-playbook, real sockets
	@$(NOX) -s integration -- $(PYTEST_ARGS)

lint: .venv/test.stamp ## run ruff, yamllint, shellcheck, mypy, ansible-lint
	@$(NOX) -s lint types ansible-lint

sanity: .venv/test.stamp ## run ansible-test sanity, without ignore entries
	@$(NOX) -s sanity

docs-check: .venv/test.stamp ## check the documentation of plugins, and the changelog
	@$(NOX) -s docs-check

docs: .venv/test.stamp ## build the documentation site in .cache/site
	@$(NOX) -s docs

matrix: .venv/test.stamp ## test the tarball with every supported ansible-core and Python: make matrix [CORE=2.16]
	@$(NOX) -t matrix$(if $(CORE),-$(CORE))

mutations: .venv/test.stamp ## check that a test fails for each mutation of the code (many minutes)
	@$(NOX) -s mutations

bench: .venv/test.stamp ## measure time and memory: make bench [BENCH_ARGS="single account lists gate"]
	@$(NOX) -s bench -- $(BENCH_ARGS)

simulator: .venv/demo.stamp ## start a simulated cloud on loopback: make simulator [SCENARIO=file.yml]
	$(BIN)/python -m tests.simulator --scenario $(or $(SCENARIO),tests/simulator/scenarios/ten_unscanned.yml)

clean: ## remove everything that make created
	rm -rf .venv .nox .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
