# native.mk: what a wheel needs from make, without the development set-up.
HOST_PYTHON ?= python3
include capi_shim/build.mk
ABI_HEADERS = gcrt/collector/gc.h capi_shim/runtime/host.h capi_shim/interp/jit_queue.h
gcrt/_abi.py: gcrt/gen_abi.py $(ABI_HEADERS)
	$(HOST_PYTHON) gcrt/gen_abi.py $@ $(ABI_HEADERS)
native: $(BUILD)/lib/libgcrt.so gcrt/_abi.py
.PHONY: native
