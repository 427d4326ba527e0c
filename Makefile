# The two commands are `make run` and `make test`; both do all set-up themselves.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV := ./.uv/bin/uv
PY := .venv/bin/python
# A Python 3.10 that pyenv keeps is used before uv fetches one.
export PATH := $(PATH):$(subst $() ,:,$(wildcard $(HOME)/.pyenv/versions/3.10.*/bin))

.PHONY: help run test check setup train bench chat clean

help: ## List every target
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

run: setup ## Set up what is missing and start the assistant
	@exec .venv/bin/troly serve

test: setup-dev ## Set up what is missing and run the whole gate
	@$(MAKE) --no-print-directory check

check: ## The gate: ruff, mypy, import contracts, content check, pytest
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/troly faq check
	$(PY) -m pytest

chat: setup ## Talk to the assistant in the terminal
	@.venv/bin/troly train && .venv/bin/troly chat

train: setup ## Train what changed
	@.venv/bin/troly train

bench: setup-dev ## Measure quality and speed beside Rasa's default (long); writes results/
	@.venv/bin/troly train && $(PY) -m bot.evaluation

setup: .uv/bin/uv ## Make the Python environment from the lock file
	@[ -x .venv/bin/troly ] || echo "Đang cài môi trường Python (lần đầu mất một, hai phút)…"
	@$(UV) sync --quiet --locked --no-dev --compile-bytecode

setup-dev: .uv/bin/uv ## The same with the tools of development
	@[ -x .venv/bin/mypy ] || echo "Đang cài môi trường Python (lần đầu mất một, hai phút)…"
	@$(UV) sync --quiet --locked --compile-bytecode
	@deploy/system-packages

.uv/bin/uv:
	@deploy/get-uv

clean: ## Remove what was built: environment, database, models
	rm -rf .venv .uv var
