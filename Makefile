# Every target says what it does and ends with a summary. Anything longer than a line is in xtask.

XTASK := cargo run --quiet --package xtask --

.DEFAULT_GOAL := help
.PHONY: help run test check conformance e2e bench

help: ## what can be made
	@echo 'Parlance. make TARGET, where TARGET is one of:'
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@echo 'A newcomer begins with: make run'

run: ## build everything and start the demo on http://127.0.0.1:8000 (data in data/demo; ARGS=... for more)
	@$(XTASK) run $(ARGS)

test: ## install what tests need, run all of them: crates, packages, conformance, a real browser
	@$(XTASK) test

check: ## format, lints, types, direction of dependencies, licences, advisories, documentation
	@$(XTASK) check

conformance: ## replay the dialects' cases (CASES=file, TARGET=http://..., OPERATOR_KEY=... to change what and where)
	@$(if $(CASES),PARLANCE_CASES='$(abspath $(CASES))') $(if $(TARGET),PARLANCE_TARGET='$(TARGET)') \
	  $(if $(OPERATOR_KEY),PARLANCE_OPERATOR_KEY='$(OPERATOR_KEY)') $(XTASK) conformance

e2e: ## only the tests in a real browser
	@$(XTASK) e2e

bench: ## measure, beside the machine's own ceiling; figures go to bench/results/latest.json (ARGS=...)
	@$(XTASK) bench $(ARGS)
