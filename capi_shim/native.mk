# native.mk: what a wheel needs from make, without the development set-up.
HOST_PYTHON ?= python3
ABI_PYTHON = $(HOST_PYTHON)
include capi_shim/build.mk
ABI_HEADERS = gcrt/collector/gc.h capi_shim/runtime/host.h capi_shim/interp/jit_queue.h
gcrt/_abi.py: gcrt/gen_abi.py $(ABI_HEADERS)
	$(HOST_PYTHON) gcrt/gen_abi.py $@ $(ABI_HEADERS)
native: $(BUILD)/lib/libgcrt.so $(GC_LIBRARY) gcrt/_abi.py gcrt/_gc_abi.py
.PHONY: native
