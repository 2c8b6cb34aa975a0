# Myotome: make demo | test | check | bench. Everything lives in .venv, sample/ and out/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-real demo-phantom vu2024 test check mutants bench models clean

SAMPLE ?= real
TESTERS ?= auto  # processes that run the tests
BIN := .venv/bin
REAL := sample/lidc-idri-0001

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: demo-$(SAMPLE)  ## the whole path on a real CT study (SAMPLE=phantom: synthetic, offline)

demo-real: .venv/core
	@$(BIN)/python scripts/sample.py $(REAL)
	@$(BIN)/myotome run $(REAL) -o out/demo --overwrite
	@echo "Report: $(CURDIR)/out/demo/report.html"

demo-phantom: .venv/core
	@test -d out/phantom || { rm -rf out/phantom.part && \
		$(BIN)/myotome phantom out/phantom.part >/dev/null && mv out/phantom.part out/phantom; }
	@$(BIN)/myotome run out/phantom/dicom -o out/demo-phantom --overwrite \
		--backend labels:out/phantom/labels/muscles.nii.gz
	@echo "Report: $(CURDIR)/out/demo-phantom/report.html"

vu2024: .venv/test  ## the paper's tables and figures beside the printed ones (minutes)
	$(BIN)/python examples/vu2024/run.py --out out/vu2024

test: check  ## check, then the whole test suite
	OMP_NUM_THREADS=1 $(BIN)/pytest tests -n $(TESTERS) --dist loadfile

check: .venv/test  ## style, types, layers, known faults, doctests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/audit.py
	$(BIN)/pytest -q --doctest-modules src --doctest-glob='*.md' README.md docs \
		--ignore docs/how-to/read-results.md \
		--ignore docs/how-to/cohort-tables.md  # these need a folder: tests run them

mutants: .venv/test  ## known faults put into a copy of the source: do the tests see them?
	$(BIN)/python scripts/mutants.py

# The bundled networks, from nothing: hours on 2 cores. Each step goes on where it was stopped.
DATA ?= ../shared/data
WORK ?= out/models
WEIGHTS ?= src/myotome/weights
THREADS ?= 2
ITERATIONS ?= 8000
VARIANTS ?= 4
LEVEL_ITERATIONS ?= 4000
LEVEL_VARIANTS ?= 120
LABELLED = $(shell test -d $(DATA)/vertebrae && echo $(WORK)/data || echo $(DATA))
models: .venv/test  ## retrain the bundled networks from the labelled CTs in DATA
	@test -e $(DATA) || { echo "There are no labelled CTs in $(DATA); pass DATA=."; exit 1; }
	@test ! -d $(DATA)/vertebrae || $(BIN)/python scripts/borders_cases.py $(DATA) $(WORK)/data
	$(BIN)/myotome render $(DATA) -o $(WORK)/pool --variants $(VARIANTS)
	$(BIN)/myotome train $(LABELLED) -o $(WORK)/muscles --synthetic $(WORK)/pool \
		--iterations $(ITERATIONS) --threads $(THREADS) --card scripts/muscles_card.json
	$(BIN)/myotome render $(DATA) -o $(WORK)/levels-pool --task levels \
		--variants $(LEVEL_VARIANTS)
	$(BIN)/myotome train $(DATA) -o $(WORK)/levels --task levels \
		--synthetic $(WORK)/levels-pool --iterations $(LEVEL_ITERATIONS) \
		--threads $(THREADS) --card scripts/landmarks_card.json
	$(BIN)/myotome export $(WORK)/muscles/checkpoint.pt -o $(WEIGHTS)/muscles.onnx \
		--calibrate $(LABELLED) --threads $(THREADS) --card scripts/muscles_card.json
	$(BIN)/myotome export $(WORK)/levels/checkpoint.pt -o $(WEIGHTS)/landmarks.onnx \
		--calibrate $(DATA) --threads $(THREADS) --card scripts/landmarks_card.json
	@test ! -d $(DATA)/vertebrae || $(BIN)/python scripts/train_vertebrae.py $(DATA) \
		$(WORK)/vertebrae --threads $(THREADS) --weights $(WEIGHTS) \
		--card scripts/vertebrae_card.json
	@test ! -d $(DATA)/vertebrae || $(BIN)/python scripts/train_upright.py $(DATA) \
		$(WORK)/upright --threads $(THREADS) --weights $(WEIGHTS) \
		--card scripts/upright_card.json

bench: .venv/test  ## the numbers of the README, measured on this machine
	$(BIN)/python -m benchmarks

.venv/bin/python:
	@python=$$(scripts/find-python) && "$$python" -m venv .venv

# The core alone: no torch, no test tools.
.venv/core: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

# One install for everything, so that no later step can pull another torch.
.venv/test: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch .venv/core $@

clean:  ## remove what the other targets made
	rm -rf .venv out sample
