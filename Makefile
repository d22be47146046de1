# Needs Python ≥ 3.11, make and git; everything else goes into .venv, once.
#
#   make crosscheck    theory and simulation side by side: figures and report in ./crosscheck
#   make test          the tests
#   make test-slow     minutes of random damage to archives, configurations and command lines
#   make test-gpu      the tests of arrays again, on a GPU, by CuPy
#   make bench-gpu     a step of the anneal on a GPU, against cuBLAS and against the CPU
#   make test-oldest   every public name on the oldest NumPy, SciPy, … that are allowed
#   make coverage      the tests again, a third slower: lines and branches that none of them runs
#   make lint          ruff, the layers of the packages (import-linter), and mypy
#   make docs          the book, in docs/_build/html
#   make bench         speed as ratios: a table, and benchmarks/results.json
#   make wheel         sdist and wheel in ./dist, tried out in a clean environment
#   make clean         remove what make made, results excepted
#
# For example  make PYTHON=python3.12 crosscheck CONFIG=my.toml  or  make test TESTS=tests/theory

PYTHON  ?= python3
CONFIG  ?=
WORKERS ?= 2
# Of the driver on the machine with the GPU: 12 or 13.
CUDA    ?= 13
TESTS   ?= tests
# Every public name in half a minute; OLDEST_TESTS=tests takes ten.
OLDEST_TESTS ?= tests/test_packaging.py tests/test_docstrings.py

VENV  := .venv
OLDEST := .venv-oldest
CLEAN := build/clean/bin
PIP   := -m pip --disable-pip-version-check install --quiet
# Folders count as sources: a removed file changes its folder.
SOURCES := pyproject.toml $(shell find suite theory sim compare -name __pycache__ -prune -o -print)
# setuptools would copy removed files over from an earlier build.
FRESH := rm -rf build *.egg-info
# The parallelism is in the tests; two thread pools fight.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

HAS_GPU = $(VENV)/bin/python -c 'from glasswell.sim.backend.devices import describe; \
	print(describe("cuda"))'

.PHONY: crosscheck test test-slow test-gpu test-oldest coverage lint docs bench bench-gpu wheel clean
.NOTPARALLEL:

crosscheck: $(VENV)/.crosscheck $(VENV)/.package
	$(VENV)/bin/glasswell crosscheck $(CONFIG) -o crosscheck

test: $(VENV)/.dev $(VENV)/.package
	$(ONE_THREAD) $(VENV)/bin/pytest -n $(WORKERS) --dist loadfile --durations 10 $(TESTS)

test-slow: $(VENV)/.dev $(VENV)/.package
	$(ONE_THREAD) $(VENV)/bin/pytest -n $(WORKERS) -m slow $(TESTS)

test-gpu: $(VENV)/.dev $(VENV)/.gpu $(VENV)/.package
	@$(HAS_GPU)
	$(ONE_THREAD) $(VENV)/bin/pytest -m gpu $(TESTS)

test-oldest: $(OLDEST)/.package
	$(ONE_THREAD) $(OLDEST)/bin/pytest -n $(WORKERS) --dist loadfile $(OLDEST_TESTS)

coverage: $(VENV)/.dev $(VENV)/.package
	$(ONE_THREAD) $(VENV)/bin/pytest -n $(WORKERS) --dist loadfile --cov $(TESTS)

lint: $(VENV)/.dev $(VENV)/.package
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy tests examples benchmarks

# Executed pages and all; -W: what Sphinx warns of is an error.
docs: $(VENV)/.docs $(VENV)/.package
	$(ONE_THREAD) $(VENV)/bin/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

bench: $(VENV)/.bench $(VENV)/.package
	$(ONE_THREAD) $(VENV)/bin/python benchmarks/run.py -o benchmarks/results.json

bench-gpu: $(VENV)/.bench $(VENV)/.gpu $(VENV)/.package
	@$(HAS_GPU)
	$(ONE_THREAD) $(VENV)/bin/python benchmarks/run.py gpu -o benchmarks/results-gpu.json

wheel: $(VENV)/.dev
	$(FRESH) dist
	$(VENV)/bin/python -m build --no-isolation
	$(VENV)/bin/python -m venv build/clean
	$(CLEAN)/python $(PIP) dist/*.whl
	$(CLEAN)/glasswell --help >/dev/null
	$(CLEAN)/python $(PIP) pytest
	$(CLEAN)/pytest --noconftest tests/test_packaging.py
	$(FRESH)

clean:
	$(FRESH) dist $(VENV) $(OLDEST) .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

# What the package needs, again only when pyproject.toml changes.
$(VENV)/.crosscheck: EXTRAS := [fast]
$(VENV)/.dev: EXTRAS := [dev]
$(VENV)/.bench: EXTRAS := [bench]
$(VENV)/.docs: EXTRAS := [docs]
$(VENV)/.gpu: EXTRAS := [cuda$(CUDA)]
$(VENV)/.crosscheck $(VENV)/.dev $(VENV)/.docs $(VENV)/.bench $(VENV)/.gpu: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"glasswell needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	@echo "installing into $(VENV), once: this takes about half a minute"
	@$(VENV)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python $(PIP) 'setuptools>=77'
	@$(FRESH)
	@$(VENV)/bin/python $(PIP) --no-build-isolation '.$(EXTRAS)'
	@touch $@

# The package itself, installed as users have it: mypy cannot see into an editable install.
$(VENV)/.package: $(SOURCES)
	@$(FRESH)
	@$(VENV)/bin/python $(PIP) --no-build-isolation --no-deps .
	@$(FRESH)
	@touch $@

$(OLDEST)/.test: pyproject.toml tests/oldest.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)) and \
		"the oldest versions have Python 3.11 or 3.12: make PYTHON=python3.11 test-oldest")'
	@echo "installing into $(OLDEST), once"
	@$(OLDEST)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(OLDEST)
	@$(OLDEST)/bin/python $(PIP) 'setuptools>=77'
	@$(FRESH)
	@$(OLDEST)/bin/python $(PIP) --no-build-isolation -c tests/oldest.txt '.[test]'
	@touch $@

$(OLDEST)/.package: $(OLDEST)/.test $(SOURCES)
	@$(FRESH)
	@$(OLDEST)/bin/python $(PIP) --no-build-isolation --no-deps .
	@$(FRESH)
	@touch $@
