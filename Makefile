# Everything there is to do with Chargehand. `make` lists it; a fresh machine needs Python 3.11 and make, nothing else.
#
# Targets that need packages depend on the stamp .venv/.ready: the first use sets everything up, later uses cost nothing.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python)
IN := .venv/bin
READY := .venv/.ready

FEED ?=
SESSIONS ?=
COUNT ?= 200
KILLS ?= 20
MINUTES ?= 10
SEED ?=
SIZES ?= 10000,100000
FACTOR ?= 1
SECONDS ?= 120
PROCESSES ?= 4
TESTS ?= tests
INPUT := $(if $(FEED),--feed $(FEED)) $(if $(SESSIONS),--sessions $(SESSIONS))
COMPILE := $(IN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --no-emit-options

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every process of the tests and of the demo would compile all sources again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-many storm storm-roaming soak complaints mutants run test check format migrate migration requirements docs \
	bench bench-ingest bench-map bench-polls bench-profile bench-pull bench-reconcile bench-starts
.DELETE_ON_ERROR:

help: ## List what can be done
	@echo "Chargehand. Start with: make demo"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s%s\n", $$1, $$2 }'

setup: $(READY) ## Make .venv and install the pinned packages (every other target does it when needed)

$(READY): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; say which: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv, about half a minute with a good connection"
	@$(PYTHON) -m venv .venv
	@$(IN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@ln -sf ../../chargehand $(IN)/chargehand
	@touch $@

demo: $(READY) ## Play one whole charge over real HTTP; FEED=locations.json SESSIONS=sessions.json for real data
	@$(IN)/python -m sandbox.demo $(INPUT)

demo-many: $(READY) ## Play COUNT=200 charges at full speed and prove them; FEED and SESSIONS as for demo
	@$(IN)/python -m sandbox.many --count $(COUNT) $(INPUT)

storm: $(READY) ## Kill our processes KILLS=20 times while COUNT=500 drivers charge and all else fails too; SEED= to repeat
	@$(IN)/python -m sandbox.storm --count $(if $(filter file,$(origin COUNT)),500,$(COUNT)) --kills $(KILLS) $(if $(SEED),--seed $(SEED))

storm-roaming: $(READY) ## Play COUNT=300 charges of three partners in three OCPI versions in calm and in a storm, and compare; SEED= to repeat
	@$(IN)/python -m sandbox.roaming_storm --count $(if $(filter file,$(origin COUNT)),300,$(COUNT)) --kills $(KILLS) $(if $(SEED),--seed $(SEED))

soak: $(READY) ## Play the whole system in random orders for MINUTES=10 and check the books after every step; SEED= to repeat
	@$(IN)/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

complaints: $(READY) ## Play COUNT=1000 complaints with planted truth: the share solved alone, and no wrong decision; SEED=7 to repeat
	@$(IN)/python -m tests.complaint_storm --count $(if $(filter file,$(origin COUNT)),1000,$(COUNT)) $(if $(SEED),--seed $(SEED))

mutants: $(READY) ## Plant bugs and show that soak finds each
	@MUTANTS=1 $(IN)/python -m pytest -s tests/soak/test_mutants.py

run: $(READY) ## Start everything and stay up, printing where the API docs are and a walk with curl
	@$(IN)/python -m sandbox.run $(if $(FEED),--feed $(FEED))

test: $(READY) ## Run the tests; TESTS=tests/journeys for some of them, PROCESSES=4 at once
	@$(IN)/python -m pytest -n $(PROCESSES) --dist worksteal $(TESTS)

check: $(READY) ## Check format, lint, types, import contracts, the rules of the house and the migrations
	@$(IN)/ruff format --check --quiet . || { echo "Not formatted; mend with: make format"; exit 1; }
	@$(IN)/ruff check --quiet .
	@echo "format and lint: fine"
	@$(IN)/mypy
	@$(IN)/lint-imports --no-logo
	@$(IN)/python -m pytest tests/house

format: $(READY) ## Format the code and mend what the linter can mend
	@$(IN)/ruff format --quiet .
	@$(IN)/ruff check --fix --quiet .

migrate: $(READY) ## Bring the database (DATABASE_URL, else the embedded one) to the newest schema
	@$(IN)/chargehand migrate

migration: $(READY) migrate ## Write the next migration from the difference between tables and database; NAME="what it does"
	@test -n "$(NAME)" || { echo 'Say what it does: make migration NAME="location parking type"'; exit 1; }
	@$(IN)/python -m alembic revision --autogenerate --rev-id "$$(printf %04d $$(ls api/migrations/versions/[0-9]*.py | wc -l | xargs expr 1 +))" \
		-m "$(NAME)"
	@$(IN)/ruff format --quiet api/migrations

requirements: $(READY) ## Pin all packages anew, with hashes, from pyproject.toml; UPGRADE=1 for the newest allowed
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/base.txt pyproject.toml
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --extra dev --constraint requirements/base.txt \
		--output-file requirements/dev.txt pyproject.toml

docs: $(READY) ## Write what docs/ generates anew: pictures, capabilities, errors, the published API and its client
	@$(IN)/python -m api.domain.charging.diagram
	@$(IN)/python -m tests.house.capabilities
	@$(IN)/python -m tests.house.pages
	@$(IN)/python -m tests.house.typescript

bench-pull: $(READY) ## Pull a made-up partner of COUNT=100000 locations and compare with COPY of the same rows
	@$(IN)/python -m bench.full_pull --count $(if $(filter file,$(origin COUNT)),100000,$(COUNT))

bench-reconcile: $(READY) ## Reconcile made-up months of 10,000 and 100,000 holds with planted faults; SIZES=1000000 for others
	@$(IN)/python -m bench.reconcile --sizes $(SIZES)

bench: $(READY) ## Measure pricing against a multiply-and-add floor in the same run
	@$(IN)/python -m bench.pricing

bench-ingest: $(READY) ## Measure how fast partners' pushes are taken in, against one bare upsert in the same run
	@$(IN)/python -m bench.ocpi_ingest

bench-map: $(READY) ## Measure the map at COUNT=100000 locations against its bare SQL in the same run
	@$(IN)/python -m bench.map_view --count $(if $(filter file,$(origin COUNT)),100000,$(COUNT))

bench-polls: $(READY) ## Measure polls and 10,000 live streams against bare ASGI answers in the same run
	@$(IN)/python -m bench.polls

bench-profile: $(READY) ## Play the busiest hour of 200,000 active drivers for SECONDS=120 against one web process and one worker; FACTOR=1
	@$(IN)/python -m bench.profile --factor $(FACTOR) --seconds $(SECONDS)

bench-starts: $(READY) ## Measure what we add to a start, against a bare relay of the same two calls in the same run
	@$(IN)/python -m bench.start_latency
