# Every verb is one line over npm or the command line in local/src. Works with GNU make 3.81 (macOS).
# The make that is installed, and any Node from 20 on, start things; all else runs on the Node 24 that npm installs here.

INSTANCE ?= demo
REGION   ?= eu-west-1
STAGE    ?= dev

export INSTANCE REGION PORT

NODE := node_modules/.bin/node
CLI  := $(NODE) local/src/cli.ts
ONLY := $(if $(SERVICE),--service $(SERVICE)) $(if $(FUNCTION),--function $(FUNCTION)) $(if $(EVENT),--event $(EVENT))
# A verb that works here and on AWS goes to AWS only by a STAGE on the command line, never by one of the environment.
AT   := $(if $(filter command,$(firstword $(origin STAGE))),--stage $(STAGE))

.DEFAULT_GOAL := help
.PHONY: help setup up down status logs mail demo dev test screenshots lint typecheck build validate deploy deploy-site use-workflow redrive delete check invoke env sync workflow-graph bench clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  (*) on the local engine that runs, or on AWS when STAGE=dev is given'
	@echo '  Settings: PORT (4566, and the next one), REGION (eu-west-1), INSTANCE (demo); for make test: TEST_PORT (4666), KEEP_ENGINE=1'

node_modules/.package-lock.json: package-lock.json | $(NODE)
	@sh tools/ensure-modules.sh

$(NODE):
	@sh tools/ensure-modules.sh

setup: node_modules/.package-lock.json ## Install everything the other verbs need
	@$(CLI) setup

up: node_modules/.package-lock.json ## Start the engine, build and deploy every service to it, publish the page
	@$(CLI) up

down: node_modules/.package-lock.json ## Stop the engine; its state is kept
	@$(CLI) down

status: node_modules/.package-lock.json ## Show what runs, where, and what is deployed
	@$(CLI) status

logs: node_modules/.package-lock.json ## Show the engine's log, or a function's: FUNCTION=get-locations, or SERVICE=ai; FOLLOW=1 goes on
	@$(CLI) logs $(ONLY) $(if $(FOLLOW),--follow)

mail: node_modules/.package-lock.json ## List the mail that services have sent to people on the engine
	@$(CLI) mail

demo: node_modules/.package-lock.json ## Bring everything up and take the same photos through the four versions of the workflow
	@$(CLI) demo

dev: node_modules/.package-lock.json ## Serve the page from its sources, reloading as they change, with the running engine behind it
	@$(CLI) dev

test: setup ## Run the whole suite, on an engine of its own
	@$(NODE) node_modules/vitest/vitest.mjs run

screenshots: setup ## Take the pictures of README.md anew, on an engine of its own
	@SCREENSHOTS=docs $(NODE) node_modules/vitest/vitest.mjs run --project browser views

lint: node_modules/.package-lock.json ## Check style and common mistakes
	@npm run --silent lint

typecheck: node_modules/.package-lock.json ## Check types
	@npm run --silent typecheck

build: node_modules/.package-lock.json ## Build every service, or SERVICE=backend
	@$(CLI) build $(ONLY)

validate: node_modules/.package-lock.json ## Validate and lint every template
	@$(CLI) validate

deploy: node_modules/.package-lock.json ## Deploy to AWS: every service in order, or SERVICE=backend; STAGE=dev
	@$(CLI) deploy $(ONLY) --stage $(STAGE)

deploy-site: node_modules/.package-lock.json ## Build the page and publish it to AWS; STAGE=dev
	@$(CLI) deploy-site --stage $(STAGE)

use-workflow: node_modules/.package-lock.json ## Switch to a deployed workflow: V=3; without V list them (*)
	@$(CLI) use-workflow $(if $(V),--workflow $(V)) $(AT)

redrive: node_modules/.package-lock.json ## Take up what a service gave up on: SERVICE=backend; DRY_RUN=1 only lists it (*)
	@$(CLI) redrive $(ONLY) $(if $(DRY_RUN),--dry-run) $(AT)

delete: node_modules/.package-lock.json ## Delete every stack, or one with SERVICE=workflow-v2 (*)
	@$(CLI) delete $(ONLY) $(AT)

check: lint typecheck validate build test ## Run every check

invoke: node_modules/.package-lock.json ## Invoke a function on the engine: FUNCTION=get-locations EVENT=events/invoke/backend/get-locations.json
	@$(CLI) invoke $(ONLY)

env: node_modules/.package-lock.json ## Write the env.json of a function for `sam local invoke`: FUNCTION=get-locations
	@$(CLI) env $(ONLY)

sync: node_modules/.package-lock.json ## Bring what changed to the running engine, in seconds: SERVICE=backend
	@$(CLI) sync $(ONLY)

workflow-graph: node_modules/.package-lock.json ## Draw the state machines anew: docs/workflows.md and the workflows' READMEs
	@$(NODE) tools/workflow-graph.ts

bench: node_modules/.package-lock.json ## Run the benchmarks
	@$(NODE) bench/run.ts

clean: node_modules/.package-lock.json ## Stop the engine and erase its state
	@$(CLI) clean
