# Needs make, a POSIX shell and Python 3.11 or newer; everything else is installed into .venv and .ministack.
.SILENT:
.SUFFIXES:
.DEFAULT_GOAL := help
.PHONY: help run stock-list test test-dynamodb-local fuzz lint format bench package deploy key peers run-two destroy redrive clean

PYTHON ?=
PORT ?= 8000
DEMO ?= 1
export PORT DEMO

BIN := .venv/bin
CODE := $(wildcard app.py chalicelib deploy local tests benchmarks)
PIP_INSTALL := -m pip --quiet --disable-pip-version-check install

help: ## this list
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28

run: .venv/ready ## start everything: embedded cloud, demo shop, API (PORT=8000, DEMO=0 for an empty shop)
	$(BIN)/python -m local.run

stock-list: .venv/ready ## write the low-stock list now, on what `make run` is running
	$(BIN)/python -m local.stock_list

test: lint .ministack/ready ## lint, then all tests
	$(BIN)/python -m pytest -q

CRASHES = tests/services/test_crash_at_every_call.py
HISTORIES = tests/services/exchange/test_histories.py

test-dynamodb-local: .venv/ready .ministack/ready .dynamodb-local/ready ## a second opinion: storage, orders and concurrency on AWS's DynamoDB Local (needs a JDK and Maven)
	@# Each on an engine of its own: it gets slower with all that was ever written to it.
	$(BIN)/python -m tests.dynamodb_local -q tests/storage tests/services --ignore=$(CRASHES) --ignore=$(HISTORIES)
	$(BIN)/python -m tests.dynamodb_local -q $(CRASHES)
	$(BIN)/python -m tests.dynamodb_local -q $(HISTORIES)
	$(BIN)/python -m tests.dynamodb_local -q tests/concurrency

fuzz: .venv/ready ## look for requests that the API doesn't answer as its description says, for hours (EXAMPLES=5000)
	$(BIN)/python -m tests.fuzz $(or $(EXAMPLES),5000)

lint: .venv/ready ## ruff and mypy, without changing anything
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/ruff format --quiet --check $(CODE)
	$(BIN)/mypy --strict --no-error-summary $(CODE)

format: .venv/ready ## put the code in form
	$(BIN)/ruff check --quiet --fix $(CODE)
	$(BIN)/ruff format --quiet $(CODE)

bench: .venv/bench-ready .ministack/ready ## measure, each figure beside its yardstick
	$(BIN)/python -m benchmarks

package: .venv/ready ## the template and the zip of a stage, tried out (STAGE=prod)
	$(BIN)/python -m deploy.package $(stage)

deploy: .venv/ready ## package, upload (BUCKET=, else one is made) and bring the stack to it (STAGE=prod)
	$(BIN)/python -m deploy.deploy $(stage) $(BUCKET)

key: .venv/ready ## make an admin key of a stage (STAGE=prod)
	$(BIN)/python -m deploy.key $(stage)

peers: .venv/ready ## make the sites of a file the peers of a stage (STAGE=prod FILE=peers.json)
	$(BIN)/python -m deploy.peers $(stage) $(or $(FILE),$(error Say which file names the peers: make $@ STAGE=prod FILE=peers.json))

run-two: .venv/ready ## start two sites that keep each other's customers (PORT=8000, and the next one)
	$(BIN)/python -m local.two

destroy: .venv/ready ## take a stage off the air, after asking; its data stays (STAGE=prod)
	$(BIN)/python -m deploy.destroy $(stage)

redrive: .venv/ready ## bring dead letters back to their queue, once mended (STAGE=prod)
	$(BIN)/python -m deploy.redrive $(stage)

clean: ## remove everything that was made here
	rm -rf .venv .ministack .dynamodb-local build .chalice/deployments .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: requirements.txt requirements-dev.txt
	$(call make_venv,.venv)
	echo "Installing what Stockroom needs into .venv (once; about a minute) ..."
	.venv/bin/python $(PIP_INSTALL) -r requirements-dev.txt
	touch $@

.venv/bench-ready: .venv/ready requirements-bench.txt
	echo "Installing the yardsticks into .venv (once) ..."
	.venv/bin/python $(PIP_INSTALL) -r requirements-bench.txt
	touch $@

.ministack/ready: requirements-ministack.txt
	$(call make_venv,.ministack)
	echo "Installing the engine of the concurrency tests into .ministack (once) ..."
	.ministack/bin/python $(PIP_INSTALL) -r requirements-ministack.txt
	touch $@

.dynamodb-local/ready: tests/dynamodb_local/pom.xml
	for tool in javac mvn; do command -v $$tool > /dev/null || { \
		echo "DynamoDB Local needs a JDK, 17 or newer, and Maven; there is no $$tool here." >&2; exit 1; }; done
	rm -rf $(@D)
	echo "Getting DynamoDB Local into .dynamodb-local (once) ..."
	mvn --batch-mode --quiet -Dstyle.color=never --file $< dependency:copy-dependencies
	touch $@

stage = $(or $(STAGE),$(error Say which stage of .chalice/config.json: make $@ STAGE=prod))

# Makes the virtual environment $(1) afresh, with PYTHON or else the newest fitting Python there is.
define make_venv
fits() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
python=; \
for name in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
	if fits "$$name"; then python=$$name; break; fi; \
done; \
if [ -z "$$python" ]; then \
	found=$$($(or $(PYTHON),python3) -c 'import platform; print(platform.python_version())' 2>/dev/null); \
	echo "Stockroom needs Python 3.11 or newer; $(or $(PYTHON),python3) here is $${found:-missing}." \
		"Install it or say make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python." >&2; exit 1; \
fi; \
if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	echo "$$python lacks venv or ensurepip (on Debian and Ubuntu: apt install python3-venv)." \
		"Install it or say make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python." >&2; exit 1; \
fi; \
"$$python" -m venv --clear $(1)
endef
