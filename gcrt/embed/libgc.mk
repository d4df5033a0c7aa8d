# libgc.mk: the collector as a library of its own, libgcrt-gc.so.  Included by build.mk, whose variables it uses.
#
# The runtime hides every symbol; this library exports what the public headers declare, and only that.
# Both are linked with -z nodelete: their threads, signal handler and thread-end hooks are there until the process
# ends, so a dlclose (Python's own as it exits included) must not unmap their code.  Functions bind within the library;
# data does not, because a program that stores with gc_store may have gc_cards copied to itself by its linker.
GC_VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
GC_SONAME = libgcrt-gc.so.$(firstword $(subst ., ,$(GC_VERSION)))
GC_HEADERS = gcrt/collector/gc.h gcrt/collector/gc_embedder.h gcrt/embed/gc_host.h
GC_SOURCES := $(sort $(wildcard gcrt/collector/*.c gcrt/embed/*.c))
GC_OBJECTS = $(GC_SOURCES:%.c=$(BUILD)/gcobj/%.o)
GC_CFLAGS = -std=gnu17 $(OPT) -g $(WARN) -Igcrt/collector -Igcrt/embed -fPIC -fvisibility=default \
	-fno-semantic-interposition -fno-plt -fwrapv -fno-strict-aliasing -fno-omit-frame-pointer -pthread $(SANITIZE)
GC_LIBRARY = $(BUILD)/lib/libgcrt-gc.so

$(BUILD)/gcobj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $< (library)"
	@$(CC) $(GC_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/gc.map: gcrt/gen_abi.py $(GC_HEADERS)
	@mkdir -p $(@D)
	$(ABI_PYTHON) gcrt/gen_abi.py $@ $(GC_HEADERS)

gcrt/_gc_abi.py: gcrt/gen_abi.py $(GC_HEADERS)
	$(ABI_PYTHON) gcrt/gen_abi.py $@ $(GC_HEADERS)

$(GC_LIBRARY): $(GC_OBJECTS) $(BUILD)/gc.map
	@mkdir -p $(@D)
	@echo "  LD  $@"
	@$(CC) -shared -Wl,-soname,$(GC_SONAME) -Wl,-z,now -Wl,-z,nodelete -Wl,-z,defs \
	    -Wl,-Bsymbolic-functions -Wl,--version-script=$(BUILD)/gc.map $(SANITIZE) -o $@.new$$PPID $(GC_OBJECTS) -ldl -lpthread
	@mv $@.new$$PPID $@
	@ln -sf $(@F) $(@D)/$(GC_SONAME)

libgc: $(GC_LIBRARY)

# For packagers: DESTDIR is put before PREFIX, but not into the .pc file.
PREFIX ?= /usr/local
install: libgc
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include/gcrt
	install -m 755 $(GC_LIBRARY) $(DESTDIR)$(PREFIX)/lib/libgcrt-gc.so.$(GC_VERSION)
	ln -sf libgcrt-gc.so.$(GC_VERSION) $(DESTDIR)$(PREFIX)/lib/$(GC_SONAME)
	ln -sf $(GC_SONAME) $(DESTDIR)$(PREFIX)/lib/libgcrt-gc.so
	install -m 644 $(GC_HEADERS) $(DESTDIR)$(PREFIX)/include/gcrt/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(GC_VERSION)|' gcrt/embed/gcrt-gc.pc.in \
	    > $(DESTDIR)$(PREFIX)/lib/pkgconfig/gcrt-gc.pc

.PHONY: libgc install
-include $(GC_OBJECTS:.o=.d)
