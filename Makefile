# Myotome: make demo | test | check | bench. Everything lives in .venv, sample/ and out/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-real demo-phantom test check mutants bench models clean

SAMPLE ?= real
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

test: check  ## check, then the whole test suite
	$(BIN)/pytest tests

check: .venv/test  ## style, types, layers, doctests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q --doctest-modules src --doctest-glob='*.md' README.md docs

mutants: .venv/test  ## known faults put into a copy of the source: do the tests see them?
	$(BIN)/python scripts/mutants.py

# The bundled networks, from nothing: hours on 2 cores. Each step goes on where it was stopped.
DATA ?= ../shared/data
WORK ?= out/models
THREADS ?= 2
ITERATIONS ?= 8000
PYTHON_M = OMP_NUM_THREADS=$(THREADS) $(BIN)/python -m
models: .venv/test  ## retrain the bundled networks from the labelled CTs in DATA
	@test -d $(DATA)/cases || { echo "There are no labelled CTs in $(DATA); pass DATA=."; exit 1; }
	@test -f $(WORK)/pool.done || { $(PYTHON_M) myotome.train.synthesis.pool $(DATA) $(WORK)/pool \
		--variants 4 --seed 0 && touch $(WORK)/pool.done; }
	$(BIN)/myotome train $(DATA)/cases -o $(WORK)/muscles --synthetic $(WORK)/pool \
		--iterations $(ITERATIONS) --threads $(THREADS) --card scripts/muscles_card.json
	$(PYTHON_M) myotome.train.landmarks.pool cache --data $(DATA) --work $(WORK)
	$(PYTHON_M) myotome.train.landmarks.pool pool --work $(WORK) --pool landmarks --count 600
	$(PYTHON_M) myotome.train.landmarks.pool train --work $(WORK) --pool landmarks --run landmarks-run \
		--threads $(THREADS)
	$(BIN)/myotome export $(WORK)/muscles/checkpoint.pt -o src/myotome/weights/muscles.onnx \
		--calibrate $(DATA)/cases --card scripts/muscles_card.json
	$(PYTHON_M) myotome.train.landmarks.export $(WORK)/landmarks-run/checkpoint.pt \
		$(WORK)/landmarks src/myotome/weights

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
