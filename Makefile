# Runboard's commands; `make` lists them. Set-up runs only when a lock file has changed.
SHELL := bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo demo-status clean-demo test live format bench lock

PYTHON := .venv/bin/python
READY := .venv/ready
READY_FOR_TESTS := .venv/ready-for-tests
FRONT_END := package-lock.json .npmrc config/set-up.sh

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

demo: $(READY) ## Set everything up and start it: controller, Redis, worker, web
	@exec $(PYTHON) -m config.demo

demo-status: ## Address and supervisor of the running demo; name, pid and uptime of each process
	@test -e $(READY) || { echo "No demo runs: nothing has been installed here yet." >&2; exit 1; }
	@$(PYTHON) -m config.demo.status

clean-demo: ## Remove the demo's state: database, keys, controller home, logs
	@python3 config/demo/state.py

test: $(READY_FOR_TESTS) ## Linters, types, import contracts and every test, in one pytest call
	@config/test.sh

live: $(READY_FOR_TESTS) ## Ask a real controller: JENKINS_URL=... JENKINS_USER=... JENKINS_TOKEN=...
	@config/live.sh

format: $(READY_FOR_TESTS) ## Format Python and templates
	@config/format.sh

bench: $(READY_FOR_TESTS) ## Run the benchmarks; ends with one table
	@config/bench.sh

lock: $(READY_FOR_TESTS) ## Write the lock files anew from requirements*.in and package.json
	@config/lock.sh

$(READY): requirements.txt $(FRONT_END)
	@config/set-up.sh requirements.txt $@

$(READY_FOR_TESTS): requirements-dev.txt $(FRONT_END)
	@config/set-up.sh requirements-dev.txt $(READY) $@
