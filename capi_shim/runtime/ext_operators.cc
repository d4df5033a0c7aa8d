// ext_operators.cc: operator new and delete over the extension space; see ext_alloc.c.
#include <cstddef>
#include <cstdlib>
#include <new>

extern "C" {
void *__wrap_malloc(std::size_t size);
void *__wrap_memalign(std::size_t align, std::size_t size);
void __wrap_free(void *p);
}

#define EXPORT __attribute__((visibility("default")))

namespace {

// Out of memory: the new handler may free some; without one the caller must not go on.  This file is
// built without exceptions, so std::bad_alloc comes from libstdc++'s own thrower.
void *
allocate(std::size_t size, std::size_t align)
{
    for (;;) {
        void *p = align ? __wrap_memalign(align, size ? size : 1) : __wrap_malloc(size ? size : 1);
        if (p != nullptr)
            return p;
        std::new_handler handler = std::get_new_handler();
        if (handler == nullptr)
            return nullptr;
        handler();
    }
}

}  // namespace

namespace std {
void __throw_bad_alloc() __attribute__((noreturn));
}

static void *
allocate_or_throw(std::size_t size, std::size_t align)
{
    void *p = allocate(size, align);
    if (p == nullptr)
        std::__throw_bad_alloc();
    return p;
}

EXPORT void *operator new(std::size_t n) { return allocate_or_throw(n, 0); }
EXPORT void *operator new[](std::size_t n) { return allocate_or_throw(n, 0); }
EXPORT void *operator new(std::size_t n, const std::nothrow_t &) noexcept { return allocate(n, 0); }
EXPORT void *operator new[](std::size_t n, const std::nothrow_t &) noexcept { return allocate(n, 0); }
EXPORT void *operator new(std::size_t n, std::align_val_t a) { return allocate_or_throw(n, std::size_t(a)); }
EXPORT void *operator new[](std::size_t n, std::align_val_t a) { return allocate_or_throw(n, std::size_t(a)); }
EXPORT void operator delete(void *p) noexcept { __wrap_free(p); }
EXPORT void operator delete[](void *p) noexcept { __wrap_free(p); }
EXPORT void operator delete(void *p, std::size_t) noexcept { __wrap_free(p); }
EXPORT void operator delete[](void *p, std::size_t) noexcept { __wrap_free(p); }
EXPORT void operator delete(void *p, std::align_val_t) noexcept { __wrap_free(p); }
EXPORT void operator delete[](void *p, std::align_val_t) noexcept { __wrap_free(p); }
EXPORT void operator delete(void *p, std::size_t, std::align_val_t) noexcept { __wrap_free(p); }
EXPORT void operator delete[](void *p, std::size_t, std::align_val_t) noexcept { __wrap_free(p); }
EXPORT void operator delete(void *p, const std::nothrow_t &) noexcept { __wrap_free(p); }
EXPORT void operator delete[](void *p, const std::nothrow_t &) noexcept { __wrap_free(p); }
