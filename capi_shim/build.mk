# build.mk: compile libgcrt.so.  Included by the Makefile; sources are found, not listed.
BUILD ?= build
CC = gcc
CXX = g++
OPT ?= -O2
SANITIZE ?=
GEN = $(BUILD)/include/gcrt_api.h $(BUILD)/include/ucd_tables.h $(BUILD)/include/ucd_name_tables.h \
	$(BUILD)/include/sre_constants.h $(BUILD)/include/ast_nodes.h
INCLUDES = -Icapi_shim/include -I$(BUILD)/include -Icapi_shim/runtime -Icapi_shim/objects \
	-Icapi_shim/interp -Icapi_shim/modules -Igcrt/collector
WARN = -Wall -Wextra -Werror
COMMON_FLAGS = $(OPT) -g $(WARN) $(INCLUDES) -fPIC -fvisibility=hidden -fno-semantic-interposition \
	-fno-plt -fwrapv -fno-strict-aliasing -fno-omit-frame-pointer -pthread $(SANITIZE)
CFLAGS_ALL = -std=gnu17 $(COMMON_FLAGS)
CXXFLAGS_ALL = -std=gnu++17 -fno-exceptions -fno-rtti $(COMMON_FLAGS)

C_SOURCES := $(sort $(wildcard gcrt/collector/*.c capi_shim/*/*.c))
CXX_SOURCES := $(sort $(wildcard capi_shim/*/*.cc))
OBJECTS = $(C_SOURCES:%.c=$(BUILD)/obj/%.o) $(CXX_SOURCES:%.cc=$(BUILD)/obj/%.o)
LIBS = -lz -lgmp -l:libdouble-conversion.a -lstdc++ -lm -ldl -lpthread

$(BUILD)/include/gcrt_api.h: capi_shim/capi.def capi_shim/gen_api.py
	$(HOST_PYTHON) capi_shim/gen_api.py capi_shim/capi.def $(BUILD)/include

# Properties of characters, from the host's unicodedata.
$(BUILD)/include/ucd_tables.h: capi_shim/objects/gen_ucd.py
	$(HOST_PYTHON) capi_shim/objects/gen_ucd.py $@

# Names of characters, from the same.
$(BUILD)/include/ucd_name_tables.h: capi_shim/modules/gen_names.py
	$(HOST_PYTHON) capi_shim/modules/gen_names.py $@

# Codes of the host's compiler of regular expressions.
$(BUILD)/include/sre_constants.h: capi_shim/modules/gen_sre.py
	@mkdir -p $(@D)
	$(HOST_PYTHON) capi_shim/modules/gen_sre.py $@

# Node classes of the host's grammar.
$(BUILD)/include/ast_nodes.h: capi_shim/modules/gen_ast.py
	@mkdir -p $(@D)
	$(HOST_PYTHON) capi_shim/modules/gen_ast.py $@

$(BUILD)/obj/%.o: %.c $(GEN)
	@mkdir -p $(@D)
	@echo "  CC  $<"
	@$(CC) $(CFLAGS_ALL) $(CFLAGS_$(notdir $*)) -MMD -MP -c $< -o $@

$(BUILD)/obj/%.o: %.cc $(GEN)
	@mkdir -p $(@D)
	@echo "  CXX $<"
	@$(CXX) $(CXXFLAGS_ALL) -MMD -MP -c $< -o $@

# The interpreter loop: one indirect jump an instruction, not one shared by all.
CFLAGS_eval = -fno-gcse -fno-crossjumping
# Loops over characters: worth vectorising.
CFLAGS_unicode = -O3

$(BUILD)/lib/libgcrt.so: $(OBJECTS)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	@$(CC) -shared -Wl,-soname,libgcrt.so -Wl,-z,now -Wl,-z,nodelete -Wl,-Bsymbolic \
	    -Wl,--exclude-libs,libdouble-conversion.a $(SANITIZE) -o $@.new$$PPID $(OBJECTS) $(LIBS)
	@mv $@.new$$PPID $@

include gcrt/embed/libgc.mk

-include $(OBJECTS:.o=.d)
