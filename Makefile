# Makefile: everything a developer types.  `make demo` and `make test` set up what they need themselves.
HOST_PYTHON ?= /usr/bin/python3
VENV ?= .venv
PY = $(VENV)/bin/python
GCRT = $(VENV)/bin/gcrt
PYTEST = $(PY) -m pytest -q -p no:cacheprovider -n $$(nproc) --dist loadgroup
SYSTEM_PACKAGES = gcc g++ make python3 python3-dev python3-venv libgmp-dev libdouble-conversion-dev zlib1g-dev pkg-config
PEER_PACKAGES = libgc-dev

.DEFAULT_GOAL = build
MAKEFLAGS += -j$(shell nproc)
ABI_PYTHON = $(PY)
include capi_shim/build.mk

# ---------------------------------------------------------------- set-up

# System packages are installed only when one is missing, with sudo when that is needed.
define INSTALL_MISSING
	@mkdir -p $(@D)
	@missing=$$(for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	    as=$$([ $$(id -u) = 0 ] || echo sudo); \
	    echo "installing: $$missing"; \
	    $$as apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends $$missing || exit 1; \
	fi
	@touch $@
endef

$(BUILD)/system.stamp: Makefile
	$(call INSTALL_MISSING,$(SYSTEM_PACKAGES))

# What only the comparison of collectors needs.
$(BUILD)/peers.stamp:
	$(call INSTALL_MISSING,$(PEER_PACKAGES))

$(BUILD)/venv.stamp: requirements.txt $(BUILD)/system.stamp
	$(HOST_PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

setup: $(BUILD)/venv.stamp

# ---------------------------------------------------------------- build

$(OBJECTS) $(GC_OBJECTS) $(GEN): | $(BUILD)/system.stamp

ABI_HEADERS = gcrt/collector/gc.h capi_shim/runtime/host.h capi_shim/interp/jit_queue.h
gcrt/_abi.py: gcrt/gen_abi.py $(ABI_HEADERS) $(BUILD)/venv.stamp
	$(PY) gcrt/gen_abi.py $@ $(ABI_HEADERS)
gcrt/_gc_abi.py $(BUILD)/gc.map: $(BUILD)/venv.stamp

# The command of a source tree: this folder's sources, the virtual environment's libraries.
$(GCRT): bin/gcrt.in $(BUILD)/venv.stamp
	sed -e 's|@TREE@|$(CURDIR)|' bin/gcrt.in > $@
	chmod +x $@

build: setup $(BUILD)/lib/libgcrt.so $(GC_LIBRARY) gcrt/_abi.py gcrt/_gc_abi.py $(GCRT)

# ---------------------------------------------------------------- use

demo: build
	@$(PY) examples/demo.py

test: build
	$(PYTEST) tests $(PYTEST_ARGS)

# A collection at every allocation; of long programs, at a part of them (tests/support.py).
test-stress: build
	GCRT_TEST_MODES=stress-every $(PYTEST) tests $(PYTEST_ARGS)

# The collector's own tests have sanitized builds too; this is the whole runtime, with extensions.
# Leaks are not looked for: what the collector owns is not libc's.  Stacks must be real ones, for they are
# scanned.  Requests for absurd amounts of memory are part of the tests, and must be refused; what the sanitizer
# says to that must not be among what the programs print, so its reports go to files, which are shown when it fails.
# Left out: the test that measures the resident set, of which the sanitizers are a part, and the one that finds objects
# dead, to which the larger frames of sanitized C still refer.
ASAN = LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1:log_path=$(CURDIR)/build/asan/report \
	UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
ASAN_TESTS = tests/test_programs.py tests/test_pyperformance.py tests/test_extensions.py tests/test_cli.py \
	tests/test_capi.py::test_struct_of_the_api_from_c --deselect tests/test_cli.py::test_memory_stays_bounded \
	--deselect 'tests/test_programs.py::test_same_as_cpython[interp-runtime_dead_operands]'
test-asan: build
	$(MAKE) BUILD=build/asan OPT=-O1 SANITIZE="-fsanitize=address,undefined" build/asan/lib/libgcrt.so
	rm -f build/asan/report.*
	$(ASAN) GCRT_LIBRARY=$(CURDIR)/build/asan/lib/libgcrt.so GCRT_TEST_MODES=interp \
	    $(PYTEST) $(ASAN_TESTS) $(PYTEST_ARGS) || { grep -sh -A40 "ERROR:\|runtime error" build/asan/report.*; false; }

# The collector, at random and from many threads, for half an hour, without and with generations: whatever is lost or
# leaks ends it.
SOAK_SECONDS = 1800
SOAK_SEED = 1
GCRT_SOAK_MODES ?= plain
soak: setup
	GCRT_SOAK_MODES=$(GCRT_SOAK_MODES) GCRT_SOAK_SECONDS=$(SOAK_SECONDS) GCRT_SOAK_SEED=$(SOAK_SEED) \
	    $(PY) -m pytest -q -p no:cacheprovider tests/test_soak.py $(PYTEST_ARGS)
soak-threads:
	$(MAKE) soak GCRT_SOAK_MODES=threads SOAK_SECONDS=60

# Builds and tries two dozen packages from PyPI: long, and what it finds is a table, not a verdict.
test-packages: build
	$(PY) extensions_tests/survey.py

bench: build
	$(PY) benchmarks/run.py

# The collector by itself, against bdwgc and libc's malloc.
bench-gc: setup $(BUILD)/peers.stamp
	$(PY) benchmarks/gc/run.py

# The collector's tools, piece by piece: word filters in GB/s, watching written pages in ms.
bench-gc-parts: setup
	@mkdir -p $(BUILD)/gc
	@for p in filter written; do \
	    $(CC) -std=gnu17 -O2 -Wall -Wextra -Werror -Igcrt/collector benchmarks/collector/$$p.c \
	        $(GC_PART_SOURCES) -o $(BUILD)/gc/part-$$p -pthread && echo "== $$p" && $(BUILD)/gc/part-$$p || exit 1; \
	done
GC_PART_SOURCES = gcrt/collector/filter.c gcrt/collector/written.c

# The README's tables, from what `make bench` and `make test-packages` measured.
tables: setup
	$(PY) benchmarks/tables.py

# ---------------------------------------------------------------- check

check: setup
	$(PY) -m ruff format --check gcrt jit capi_shim tests benchmarks extensions_tests examples
	$(PY) -m ruff check gcrt jit capi_shim tests benchmarks extensions_tests examples

clean:
	rm -rf $(BUILD) $(VENV) gcrt/_abi.py gcrt/_gc_abi.py

.PHONY: setup build demo test test-stress test-asan soak soak-threads test-packages bench bench-gc bench-gc-parts tables check clean
