# Every target sets up what it needs: on a fresh machine `make grid` or `make test` is the only command.

.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A stamp's name carries the content it stands for, so a changed lock installs again and a touched one does not.
LOCKED := $(VENV)/.locked-$(shell cksum < requirements.lock | cut -d ' ' -f 1)
STAMP := $(VENV)/.stamp-$(shell cat requirements.lock pyproject.toml | cksum | cut -d ' ' -f 1)
SOURCES := admf_jit kernels gallery tests benchmarks tools
SESSION := .benchmarks/session.json
# Neighbours in a file stay together, so a strategy is seldom waited for: the second who wants one waits for its code.
PARALLEL ?= -n logical --maxprocesses 4 --dist worksteal
# Other engines, each in an environment of its own: every folder of tests/oracles that has a lock.
ORACLES := $(notdir $(patsubst %/requirements.lock,%,$(wildcard tests/oracles/*/requirements.lock)))
# They run on Python 3.11: from 3.12 on, sum() adds floats another way, and their bits are not those recorded.
ORACLE_PYTHON ?= $(or $(shell command -v python3.11),$(PYTHON))
oracle_stamp = .oracles/$(1)/.locked-$(shell cksum < tests/oracles/$(1)/requirements.lock | cut -d ' ' -f 1)
ORACLE_STAMPS := $(foreach oracle,$(ORACLES),$(call oracle_stamp,$(oracle)))
# An engine that is compared in speed alone has its lock beside the benchmark.
PEERS := $(notdir $(patsubst %/requirements.lock,%,$(wildcard benchmarks/peers/*/requirements.lock)))
peer_stamp = .oracles/$(1)/.locked-$(shell cksum < benchmarks/peers/$(1)/requirements.lock | cut -d ' ' -f 1)
PEER_STAMPS := $(foreach peer,$(PEERS),$(call peer_stamp,$(peer)))

# The fuzzer of the parsers, beside this version's own packages.
FUZZ_PARSERS := tests/fuzz/parsers
FUZZ_STAMP := .fuzzing/.locked-$(shell cat requirements.lock $(FUZZ_PARSERS)/requirements.lock | cksum | cut -d ' ' -f 1)

.PHONY: help setup wheel grid test test-long test-distributed pins coverage lint docs bench bench-scaling bench-peers notebook oracles fuzz fuzz-parsers torture soak lock clean

help:
	@echo "make setup     create .venv from the locked dependencies, and compile the engines into your cache"
	@echo "make wheel     build a wheel in dist/ that carries machine code for this Python and platform"
	@echo "make grid      run the example grid (configs/quickstart.yaml) and print its best rows"
	@echo "make test      ruff, mypy and all tests"
	@echo "make test-long ten times the cases of what is tested on random ones, and what takes too long for every change"
	@echo "make test-distributed  sweeps on a Dask cluster of subprocesses whose hosts and clients are killed, ROUNDS of each (20)"
	@echo "make pins      2,000 recorded results, compiled, under isolation full and minimal: no number has moved"
	@echo "make coverage  the tests in plain Python, and the share of lines that they run"
	@echo "make lint      ruff and mypy alone"
	@echo "make docs      build the documentation as a site in build/docs; a warning is an error"
	@echo "make bench     benchmarks, printed as one table"
	@echo "make bench-scaling  the long part of the benchmarks: up to 1,000,000 containers, and 1,000,000 bars"
	@echo "make bench-peers    the same sweep by other engines, installed in environments of their own"
	@echo "make notebook  execute the notebooks and check what they show"
	@echo "make oracles   compare with other engines, installed in environments of their own"
	@echo "make fuzz      compare containers over several symbols with the reference, on many random cases"
	@echo "make fuzz-parsers   let a coverage-guided fuzzer loose on all that reads files, RUNS executions of each target (100000)"
	@echo "make torture   damage sweeps for real, ROUNDS of each kind (20) and KILLS by kill -9 (100), and check what is left"
	@echo "make soak      repeat sweeps for MINUTES (60) with warm workers, and hold the growth of every process's memory to a limit"
	@echo "make lock      resolve the dependencies again (needs uv)"
	@echo "make clean     remove .venv and caches (runs are kept)"

setup: $(STAMP)
	$(BIN)/python -m admf_jit warm --engines

# Machine code for the processors that this machine can run: whoever installs it compiles strategies only.
wheel: $(STAMP)
	$(BIN)/python tools/make_wheel.py --out dist

$(LOCKED):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' || { \
	  echo "admf_jit needs Python 3.11 to 3.14, and $(PYTHON) is not one:" \
	    "$$($(PYTHON) --version 2>&1). Name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(STAMP): | $(LOCKED)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@# Byte code, as pip makes it for what it copies: where Python is told to write none, every start would compile anew.
	$(BIN)/python -m compileall -q admf_jit kernels
	@touch $@

grid: $(STAMP)
	$(BIN)/python -m admf_jit grid configs/quickstart.yaml

test: lint
	$(BIN)/python -m pytest -q $(PARALLEL)

test-long: $(STAMP)
	ADMF_JIT_TESTS=long $(BIN)/python -m pytest -q $(PARALLEL) -m long

test-distributed: $(STAMP)
	ADMF_JIT_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -q -n 0 tests/distributed

pins: $(STAMP)
	$(BIN)/python -m tests.pins

# In plain Python, since what is compiled leaves no trace; without what damages processes on purpose.
COVERED := $(filter-out tests/faults/ tests/torture/ tests/notebooks/ tests/oracles/ tests/pins/,$(wildcard tests/*/)) $(wildcard tests/test_*.py)
coverage: $(STAMP)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q $(PARALLEL) --cov --cov-report=term:skip-covered $(COVERED)

lint: $(STAMP)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

# With the pictures of the gallery, whose strategies are run for it.
docs: $(STAMP)
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "open build/docs/index.html"

bench: $(STAMP)
	@mkdir -p $(dir $(SESSION)) && rm -f $(SESSION)
	@$(BIN)/python -m pytest -q benchmarks --benchmark-quiet --benchmark-json=$(SESSION); status=$$?; \
	  [ ! -s $(SESSION) ] || $(BIN)/python -m benchmarks.report $(SESSION); exit $$status

bench-scaling: $(STAMP)
	@mkdir -p $(dir $(SESSION)) && rm -f $(SESSION)
	@$(BIN)/python -m pytest -q benchmarks/test_scaling.py benchmarks/test_shared_bus.py benchmarks/test_million.py benchmarks/test_report.py benchmarks/test_faults.py --long \
	  --benchmark-quiet --benchmark-json=$(SESSION); status=$$?; \
	  [ ! -s $(SESSION) ] || $(BIN)/python -m benchmarks.report $(SESSION); exit $$status

bench-peers: $(STAMP) $(ORACLE_STAMPS) $(PEER_STAMPS)
	$(BIN)/python -m benchmarks.peers.compare

notebook: $(STAMP)
	$(BIN)/python -m pytest -q tests/notebooks

$(ORACLE_STAMPS) $(PEER_STAMPS):
	@$(ORACLE_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "other engines are compared on Python 3.11, and $(ORACLE_PYTHON) is not it:" \
	    "$$($(ORACLE_PYTHON) --version 2>&1). Name one: make oracles ORACLE_PYTHON=python3.11" >&2; exit 1; }
	rm -rf $(@D)
	$(ORACLE_PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --require-hashes \
	  -r $(firstword $(wildcard tests/oracles/$(notdir $(@D))/requirements.lock benchmarks/peers/$(notdir $(@D))/requirements.lock))
	@touch $@

oracles: $(STAMP) $(ORACLE_STAMPS)
	$(BIN)/python -m pytest -q $(wildcard tests/oracles/*/test_differential.py)

fuzz: $(STAMP)
	$(BIN)/python -m pytest -q $(wildcard tests/fuzz/test_*.py)

$(FUZZ_STAMP):
	@$(ORACLE_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "the fuzzer's wheel is for Python 3.11, and $(ORACLE_PYTHON) is not it:" \
	    "$$($(ORACLE_PYTHON) --version 2>&1). Name one: make fuzz-parsers ORACLE_PYTHON=python3.11" >&2; exit 1; }
	rm -rf .fuzzing/python $(dir $@).locked-*
	$(ORACLE_PYTHON) -m venv .fuzzing/python
	.fuzzing/python/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	.fuzzing/python/bin/python -m pip install --quiet --require-hashes -r $(FUZZ_PARSERS)/requirements.lock
	@touch $@

RUNS ?= 100000
TARGETS ?= $(patsubst $(FUZZ_PARSERS)/corpus/%,%,$(wildcard $(FUZZ_PARSERS)/corpus/*))
fuzz-parsers: $(FUZZ_STAMP)
	@for target in $(TARGETS); do \
	  PYTHONPATH=.:kernels .fuzzing/python/bin/python -m tests.fuzz.parsers $$target --runs $(RUNS) || exit 1; \
	done
	@PYTHONPATH=.:kernels .fuzzing/python/bin/python -m tests.fuzz.parsers --counts

ROUNDS ?= 20
KILLS ?= 100
# Containers of a sweep whose table has whole groups of rows before it is done.
LARGE ?= 140000
torture: $(STAMP)
	$(BIN)/python -m tests.torture --rounds $(ROUNDS) --kills $(KILLS)
	$(BIN)/python -m tests.torture --rounds $(ROUNDS) --kills $(ROUNDS) --containers $(LARGE) --only "kill -9 and resume" --only interrupted

MINUTES ?= 60
soak: $(STAMP)
	$(BIN)/python -m tests.torture.soak --minutes $(MINUTES)

# Names, versions, hashes and markers only: where packages come from is the business of each machine's pip settings.
lock:
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .benchmarks .hypothesis build *.egg-info
	find admf_jit kernels tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
