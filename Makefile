HOST_PYTHON ?= /usr/bin/python3
include capi_shim/build.mk
build: $(BUILD)/lib/libgcrt.so
.PHONY: build
