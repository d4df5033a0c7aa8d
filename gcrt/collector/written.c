/* written.c: which pages of a large block were written since it was last scanned.
 *
 * A gigabyte of pixels that held no reference at the last cycle holds none now, unless somebody wrote to it.
 * The kernel knows who wrote where, whoever it was: our code, other threads, a system call.
 *
 *   unwatched --track--> protected --a write: the kernel lifts the protection, nobody waits--> written
 *       ^                    ^                                                                    |
 *       +------untrack-------+------------take: reported and protected again, one step------------+
 *
 * Protected is a bit in the page table (uffd-wp).  userfaultfd with UFFD_FEATURE_WP_ASYNC makes a write clear
 * it inside the page fault, without a thread that serves faults; the PAGEMAP_SCAN ioctl collects the pages
 * without the bit and sets it again while it holds the page table's lock, so no write falls in between.
 * Both came with Linux 6.7.  Because the bit is looked at in the kernel's own fault path, read(2) into a block
 * counts, and so does what other threads write, with UFFD_USER_MODE_ONLY too, which needs no privilege.
 *
 * What isn't there counts as unwritten only when it can't hold a reference: protecting leaves a marker for
 * pages never touched (FEATURE_WP_UNPOPULATED), and a page whose marker got lost (MADV_DONTNEED) counts as
 * written at the next touch.  So memory may be given back while it is watched, and should be: untracking has to
 * lift the protection from every page that is still there, at three times the cost of protecting it.
 *
 * A transparent huge page is protected as a whole and split by the first write into it, so the grain is 4 KiB
 * everywhere and only the page written to is reported.
 *
 * After fork the child has neither the registrations nor the bits, but both file descriptors; and the one of
 * pagemap still means its parent's memory, whose news it would take away.  So what says that we are set up lies
 * in a page that fork wipes (MADV_WIPEONFORK): in the child everything counts as written until
 * gc_written_init is called there.  The same goes for ranges that aren't registered any more, because somebody
 * closed all descriptors or moved the memory: PM_SCAN_CHECK_WPASYNC refuses them.
 *
 * Not noticed: what a device writes later into pages that were pinned before the take (O_DIRECT, registered
 * buffers of io_uring).  Such data came from outside the process and holds no references.
 *
 * Why not the others: mprotect with a SIGSEGV handler makes system calls that write into the memory fail with
 * EFAULT, and costs a signal a page.  Soft-dirty bits (clear_refs) are cleared for the whole process, at the
 * cost of a fault for each page of everything in it, reading and clearing are two steps between which writes
 * get lost, and many kernels are built without them. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#if defined(__linux__) && defined(__x86_64__)

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12: from the kernel's documentation (admin-guide/mm/pagemap.rst,
 * userfaultfd.rst).  Names of our own, so that newer headers don't collide. */
#define USER_MODE_ONLY 1
#define FEATURE_WP_UNPOPULATED ((uint64_t)1 << 13)
#define FEATURE_WP_ASYNC ((uint64_t)1 << 15)

typedef struct scan_region {
    uint64_t start, end, categories;
} scan_region;

typedef struct scan_request {
    uint64_t size, flags, start, end, walk_end, regions, region_count, max_pages;
    uint64_t category_inverted, category_mask, category_any, return_mask;
} scan_request;
static_assert(sizeof(scan_request) == 96, "the kernel's struct pm_scan_arg");
static_assert(sizeof(scan_region) == 24, "the kernel's struct page_region");

#define SCAN _IOWR('f', 16, scan_request)
#define SCAN_PROTECT 1u      /* PM_SCAN_WP_MATCHING */
#define SCAN_CHECK 2u        /* PM_SCAN_CHECK_WPASYNC: an error where a page isn't watched */
#define CATEGORY_WRITTEN 2u  /* PAGE_IS_WRITTEN; asked for alone it takes the kernel's shortest way */

#define LEAST_DESCRIPTOR 200
#define REGIONS 128u /* 3 KiB of the caller's stack */
#define PROBE_PAGES 4u

/* In a page of its own, which reads as zeros after fork. */
typedef struct written_state {
    bool ready;
} written_state;

static written_state *state;

/* Outside that page: what a child must close is known by descriptor and inode, lest it closes a file that
 * got the number since. */
typedef struct descriptor {
    int fd; /* one more than it, 0: none */
    dev_t device;
    ino_t inode;
} descriptor;

static descriptor faults, pagemap;

/* ------------------------------------------------------------------ descriptors */

/* Programs get to see numbers, and expect the lowest ones: ours are higher, if there may be so many. */
static int
out_of_the_way(int fd)
{
    int moved = fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, LEAST_DESCRIPTOR);
    if (moved < 0)
        return fd;
    close(fd);
    return moved;
}

static bool
keep(descriptor *d, int fd)
{
    struct stat s;
    fd = out_of_the_way(fd);
    if (fd < 0)
        return false;
    if (fstat(fd, &s) < 0) {
        close(fd);
        return false;
    }
    *d = (descriptor){fd + 1, s.st_dev, s.st_ino};
    return true;
}

static void
drop(descriptor *d)
{
    struct stat s;
    if (d->fd != 0 && fstat(d->fd - 1, &s) == 0 && s.st_dev == d->device && s.st_ino == d->inode)
        close(d->fd - 1);
    *d = (descriptor){0};
}

static bool
open_all(void)
{
    struct uffdio_api api = {.api = UFFD_API, .features = FEATURE_WP_ASYNC | FEATURE_WP_UNPOPULATED};
    return keep(&faults, (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | USER_MODE_ONLY)) &&
           ioctl(faults.fd - 1, UFFDIO_API, &api) == 0 && (api.features & FEATURE_WP_ASYNC) != 0 &&
           keep(&pagemap, open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
}

/* ------------------------------------------------------------------ does it work? */

typedef struct probe {
    uintptr_t base;
    unsigned seen; /* bit set of pages */
} probe;

static void
note_page(uintptr_t lo, uintptr_t hi, void *arg)
{
    probe *p = arg;
    for (; lo < hi; lo += GC_PAGE_BYTES)
        p->seen |= 1u << ((lo - p->base) >> GC_PAGE_SHIFT);
}

/* Protect pages touched and untouched, write to one ourselves and to one by a system call, and ask: a kernel's
 * version doesn't tell how it was built, nor what a container forbids. */
static bool
try_pages(volatile char *page)
{
    probe p = {(uintptr_t)page, 0};
    size_t bytes = PROBE_PAGES * GC_PAGE_BYTES;
    page[0] = page[GC_PAGE_BYTES] = 1;
    if (!gc_written_track(p.base, bytes) || !gc_written_take(p.base, bytes, note_page, &p) || p.seen != 0)
        return false;
    page[GC_PAGE_BYTES] = 2;
    if (syscall(SYS_getcwd, page + 2 * GC_PAGE_BYTES, (size_t)GC_PAGE_BYTES) <= 0)
        return false;
    if (!gc_written_take(p.base, bytes, note_page, &p) || p.seen != 6)
        return false;
    p.seen = 0;
    page[0] = 2;
    return gc_written_take(p.base, bytes, note_page, &p) && p.seen == 1;
}

static bool
works(void)
{
    size_t bytes = PROBE_PAGES * GC_PAGE_BYTES;
    void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    bool ok = try_pages(page);
    munmap(page, bytes);
    return ok;
}

bool
gc_written_init(void)
{
    if (state != NULL && state->ready)
        return true;
    gc_written_shutdown(); /* what a parent had */
    void *page = mmap(NULL, GC_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    state = page;
    state->ready = madvise(page, GC_PAGE_BYTES, MADV_WIPEONFORK) == 0 && open_all();
    if (state->ready && works())
        return true;
    gc_written_shutdown();
    return false;
}

/* Closing the userfaultfd ends every registration and lifts all protection. */
void
gc_written_shutdown(void)
{
    drop(&pagemap);
    drop(&faults);
    if (state != NULL)
        munmap(state, GC_PAGE_BYTES);
    state = NULL;
}

/* ------------------------------------------------------------------ track, take */

static bool
usable(uintptr_t lo, size_t bytes)
{
    return state != NULL && state->ready && bytes != 0 && ((lo | bytes) & (GC_PAGE_BYTES - 1)) == 0;
}

static bool
watch(uintptr_t lo, size_t bytes)
{
    struct uffdio_register request = {.range = {lo, bytes}, .mode = UFFDIO_REGISTER_MODE_WP};
    return ioctl(faults.fd - 1, UFFDIO_REGISTER, &request) == 0;
}

/* As UFFDIO_WRITEPROTECT would, in less than half the time.  False where pages are not watched. */
static bool
protect(uintptr_t lo, size_t bytes)
{
    scan_request request = {
        .size = sizeof request,
        .flags = SCAN_PROTECT | SCAN_CHECK,
        .start = lo,
        .end = lo + bytes,
        .category_mask = CATEGORY_WRITTEN,
    };
    return ioctl(pagemap.fd - 1, SCAN, &request) == 0;
}

bool
gc_written_track(uintptr_t lo, size_t bytes)
{
    if (!usable(lo, bytes) || !watch(lo, bytes))
        return false;
    if (protect(lo, bytes))
        return true;
    gc_written_untrack(lo, bytes);
    return false;
}

/* What is watched is a property of mappings, which are whole slabs then: blocks of their own would be thousands. */
bool
gc_written_protect(uintptr_t lo, size_t bytes)
{
    uintptr_t first = lo & ~GC_SLAB_MASK, end = (lo + bytes + GC_SLAB_MASK) & ~GC_SLAB_MASK;
    return usable(lo, bytes) && (protect(lo, bytes) || (watch(first, end - first) && protect(lo, bytes)));
}

void
gc_written_untrack(uintptr_t lo, size_t bytes)
{
    if (!usable(lo, bytes))
        return;
    struct uffdio_range range = {lo, bytes};
    /* What fails here is no longer mapped or was never registered, so it isn't watched either. */
    ioctl(faults.fd - 1, UFFDIO_UNREGISTER, &range);
}

static bool
scan(uint64_t flags, uintptr_t lo, size_t bytes, void (*visit)(uintptr_t lo, uintptr_t hi, void *arg), void *arg)
{
    if (!usable(lo, bytes))
        return false;
    scan_region regions[REGIONS];
    scan_request request = {
        .size = sizeof request,
        .flags = flags,
        .start = lo,
        .end = lo + bytes,
        .regions = (uintptr_t)regions,
        .region_count = REGIONS,
        .category_mask = CATEGORY_WRITTEN,
        .return_mask = CATEGORY_WRITTEN,
    };
    while (request.start < request.end) {
        int n = ioctl(pagemap.fd - 1, SCAN, &request);
        if (n < 0 || request.walk_end <= request.start)
            return false;
        for (int i = 0; i < n; i++)
            visit(regions[i].start, regions[i].end, arg);
        request.start = request.walk_end;
    }
    return true;
}

bool
gc_written_take(uintptr_t lo, size_t bytes, void (*visit)(uintptr_t lo, uintptr_t hi, void *arg), void *arg)
{
    return scan(SCAN_PROTECT | SCAN_CHECK, lo, bytes, visit, arg);
}

bool
gc_written_look(uintptr_t lo, size_t bytes, void (*visit)(uintptr_t lo, uintptr_t hi, void *arg), void *arg)
{
    return scan(SCAN_CHECK, lo, bytes, visit, arg);
}

#else /* no other system tells */

bool
gc_written_init(void)
{
    return false;
}

void
gc_written_shutdown(void)
{
}

bool
gc_written_track(uintptr_t lo, size_t bytes)
{
    (void)lo;
    (void)bytes;
    return false;
}

bool
gc_written_protect(uintptr_t lo, size_t bytes)
{
    (void)lo;
    (void)bytes;
    return false;
}

void
gc_written_untrack(uintptr_t lo, size_t bytes)
{
    (void)lo;
    (void)bytes;
}

bool
gc_written_take(uintptr_t lo, size_t bytes, void (*visit)(uintptr_t lo, uintptr_t hi, void *arg), void *arg)
{
    (void)lo;
    (void)bytes;
    (void)visit;
    (void)arg;
    return false;
}

bool
gc_written_look(uintptr_t lo, size_t bytes, void (*visit)(uintptr_t lo, uintptr_t hi, void *arg), void *arg)
{
    return gc_written_take(lo, bytes, visit, arg);
}

#endif
