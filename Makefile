# Everything runs in a virtual environment made here from the system's python3.
PYTHON ?= python3
VENV ?= .venv
# Python's virtual environments have their programs elsewhere on Windows.
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PYTEST_ARGS ?=
# Tests run in as many processes as there are processor cores; WORKERS=0 runs them in one.
WORKERS ?= auto
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
# What a release of JAX or of a host library can break. The rest (wiring, figures, tables, texts)
# works on arrays of NumPy, or calls what these folders test.
HOST_TESTS := src $(addprefix tests/,coupling differential hosts ion_channels junctions kernels laws \
  limits neuroml neurons nmodl plasticity runs sharding test_architecture.py test_stability.py \
  test_stable.py $(patsubst %,measure/test_%.py,dendrites fit_model linearise recording synchrony))
# In them, files with a year in their names compare the numbers of a paper with ours, and these others
# read damaged text, look at whose a file is, or test the mathematics of solvers that other files use
# for whole models: no release changes what they find.
HOST_TESTS += --ignore-glob='*/test_*_[12][0-9][0-9][0-9]*.py' --ignore-glob='*/test_fuzz.py' \
  $(addprefix --ignore=tests/,kernels/native/test_folders.py neuroml/test_refusals.py \
  nmodl/test_refusals.py $(patsubst %,coupling/test_%.py,iterations joint response stated_answer))
BENCH_ARGS ?=
MUTANT_ARGS ?=
NOTEBOOKS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MPLBACKEND ?= Agg

.DEFAULT_GOAL := help
.PHONY: help demo test test-hosts test-slow test-exhaustive test-all coverage mutants bench bench-peers validate docs notebooks lint types wheel wheel-native dist clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-16s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/made: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "gapjunction needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || \
	  { echo "$(PYTHON) cannot make a virtual environment (on Debian and Ubuntu: apt install python3-venv)"; exit 1; }
	@echo "Installing gapjunction and what it needs into $(VENV) (a few minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(VENV)/made  ## simulate the nervous system of C. elegans; results in results/
	$(BIN)/gapjunction demo --output results

test: $(VENV)/made  ## run the tests
	$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-hosts: $(VENV)/made  ## run what other releases of JAX and the host libraries can break
	$(PYTEST) -m "not slow" --sample $(HOST_TESTS) $(PYTEST_ARGS)

$(VENV)/peers: $(VENV)/made
	@echo "Installing the simulators to compare with ..."
	@$(BIN)/python -m pip install --quiet --editable '.[peers]' && touch $@ || \
	  echo "Not all of them can be installed here: their tests are skipped"

test-slow: $(VENV)/made $(VENV)/peers  ## run the long comparisons, with NEURON, Arbor and NEST
	$(PYTEST) -m "slow and not exhaustive" $(PYTEST_ARGS)

test-exhaustive: $(VENV)/made  ## run the rest of products of which the slow tests have all pairs
	$(PYTEST) -m exhaustive $(PYTEST_ARGS)

test-all: test test-slow test-exhaustive  ## run all of them

coverage: $(VENV)/made  ## run the tests, and show which lines and branches they do not reach
	$(PYTEST) -m "not slow" --cov --cov-report=term-missing:skip-covered $(PYTEST_ARGS)

mutants: $(VENV)/made  ## put faults into a copy of the source, and see whether the tests notice
	$(BIN)/python -m tests.mutation $(MUTANT_ARGS)

bench: $(VENV)/made  ## run the benchmarks; tables and JSON in results/bench
	$(BIN)/python benchmarks/run_all.py --output results/bench $(BENCH_ARGS)

bench-peers: $(VENV)/made  ## install the simulators that bench compares with
	$(BIN)/python benchmarks/environments.py

validate: $(VENV)/made  ## compare with NEURON, NEST, Arbor and publications; results/validation
	-$(BIN)/python benchmarks/environments.py neuron nest arbor
	$(BIN)/python benchmarks/validation/run.py --output results/validation $(BENCH_ARGS)

$(VENV)/sphinx: $(VENV)/made
	@echo "Installing what the documentation needs into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@

docs: $(VENV)/sphinx  ## build the documentation, and run its notebooks; build/docs/index.html
	$(BIN)/python -m sphinx -W --keep-going -E -j 2 -d build/doctrees -b html docs build/docs

notebooks: $(VENV)/sphinx  ## run the notebooks, and write them into examples/notebooks; NOTEBOOKS=worm for some
	$(BIN)/python docs/make_notebooks.py $(NOTEBOOKS)

lint: $(VENV)/made  ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/made  ## check types
	$(BIN)/mypy

wheel: $(VENV)/made  ## build the wheel into dist/
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist .

wheel-native: $(VENV)/made  ## build the wheel for this platform, with the accelerator compiled into it
	rm -rf dist
	GAPJUNCTION_PREBUILT=1 $(BIN)/python -m build --wheel --outdir dist .

$(VENV)/release: $(VENV)/made
	@echo "Installing what a release needs into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --editable '.[release]'
	@touch $@

dist: $(VENV)/release  ## build what a release consists of into dist/, and check it
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*

clean:  ## remove what the other targets made
	rm -rf $(VENV) .venv-bench dist build results docs/reference .cache .pytest_cache .mypy_cache .ruff_cache
