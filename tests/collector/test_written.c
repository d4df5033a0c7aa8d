/* test_written.c: which pages were written.  Where the kernel can't tell, the tests say so and check that
 * nothing pretends to be watched. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "driver.h"
#include "gc_internal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE GC_PAGE_BYTES
#define MOST_PAGES 4096u

static bool seen[MOST_PAGES];
static uintptr_t seen_base;

static void
note(uintptr_t lo, uintptr_t hi, void *arg)
{
    CHECK(lo < hi && lo % PAGE == 0 && hi % PAGE == 0);
    for (; lo < hi; lo += PAGE) {
        size_t page = (lo - seen_base) / PAGE;
        CHECK(page < MOST_PAGES && !seen[page]);
        seen[page] = true;
        ++*(size_t *)arg;
    }
}

/* How many pages the next take reports; which ones is in seen[]. */
static size_t
take(const void *p, size_t pages)
{
    size_t count = 0;
    memset(seen, 0, sizeof seen);
    seen_base = (uintptr_t)p;
    CHECK(gc_written_take((uintptr_t)p, pages * PAGE, note, &count));
    return count;
}

static bool
can_watch(void)
{
    if (gc_written_init())
        return true;
    puts("skipped: this kernel can't tell which pages were written");
    size_t count = 0;
    void *p = gc_ext_aligned_alloc(PAGE, PAGE);
    CHECK(!gc_written_track((uintptr_t)p, PAGE));
    CHECK(!gc_written_take((uintptr_t)p, PAGE, note, &count) && count == 0);
    gc_written_untrack((uintptr_t)p, PAGE);
    gc_written_shutdown();
    gc_ext_free(p);
    return false;
}

/* An extension block of whole pages, all touched. */
static volatile char *
new_block(size_t pages)
{
    char *p = gc_ext_aligned_alloc(PAGE, pages * PAGE);
    CHECK(p != NULL);
    memset(p, 1, pages * PAGE);
    return p;
}

static volatile char *
watched_block(size_t pages)
{
    volatile char *p = new_block(pages);
    CHECK(gc_written_track((uintptr_t)p, pages * PAGE));
    return p;
}

static void
drop_block(volatile char *p, size_t pages)
{
    gc_written_untrack((uintptr_t)p, pages * PAGE);
    gc_ext_free((void *)p);
}

TEST(written_by_this_thread)
{
    start(NULL);
    if (!can_watch())
        return;
    volatile char *p = watched_block(2000);
    CHECK(take((void *)p, 2000) == 0);
    /* More extents than one request of the kernel returns, and runs among them. */
    for (size_t i = 0; i < 2000; i++)
        if (i % 3 == 0 || i / 100 % 2 == 1)
            p[i * PAGE + i] = 2;
    size_t expected = 0;
    for (size_t i = 0; i < 2000; i++)
        expected += i % 3 == 0 || i / 100 % 2 == 1;
    CHECK(take((void *)p, 2000) == expected);
    for (size_t i = 0; i < 2000; i++)
        CHECK(seen[i] == (i % 3 == 0 || i / 100 % 2 == 1));
    CHECK(take((void *)p, 2000) == 0);
    /* Reading isn't writing; the last byte and the first are. */
    char sum = 0;
    for (size_t i = 0; i < 2000; i++)
        sum = (char)(sum + p[i * PAGE + 7]);
    CHECK(take((void *)p, 2000) == 0);
    p[0] = p[2000 * PAGE - 1] = sum;
    CHECK(take((void *)p, 2000) == 2 && seen[0] && seen[1999]);
    /* A part is taken; the rest waits. */
    p[10 * PAGE] = p[20 * PAGE] = 3;
    CHECK(take((void *)p, 15) == 1 && seen[10]);
    CHECK(take((void *)p, 2000) == 1 && seen[20]);
    /* Watching anew forgets. */
    p[5 * PAGE] = 3;
    CHECK(gc_written_track((uintptr_t)p, 2000 * PAGE) && take((void *)p, 2000) == 0);
    for (size_t i = 0; i < 2000; i++)
        CHECK(p[i * PAGE + 1] == 1 || i == 1);
    drop_block(p, 2000);
}

TEST(written_by_system_calls)
{
    start(NULL);
    if (!can_watch())
        return;
    volatile char *p = watched_block(64);
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(fd >= 0);
    CHECK(pread(fd, (char *)p + 7 * PAGE - 100, 200, 0) == 200);
    CHECK(pread(fd, (char *)p + 40 * PAGE, 3 * PAGE, 0) == (ssize_t)(3 * PAGE));
    close(fd);
    CHECK(take((void *)p, 64) == 5);
    CHECK(seen[6] && seen[7] && seen[40] && seen[41] && seen[42]);
    CHECK(memcmp((char *)p + 40 * PAGE + 1, "ELF", 3) == 0);
    drop_block(p, 64);
}

static volatile char *shared;
static volatile bool stop_writing;
static unsigned char written_value[64]; /* by page; the writer's last word */

/* Each page counts up; the reader must have seen the last value by the time all is done. */
static void *
write_forever(void *arg)
{
    uint64_t random = (uintptr_t)arg | 1;
    while (!__atomic_load_n(&stop_writing, __ATOMIC_RELAXED)) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t page = random >> 58;
        __atomic_fetch_add((unsigned char *)shared + page * PAGE, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void
copy_pages(uintptr_t lo, uintptr_t hi, void *arg)
{
    (void)arg;
    for (; lo < hi; lo += PAGE)
        written_value[(lo - (uintptr_t)shared) / PAGE] = __atomic_load_n((unsigned char *)lo, __ATOMIC_RELAXED);
}

/* No write is lost between reporting and protecting: a copy kept up from what is reported is exact. */
TEST(written_by_other_threads)
{
    start(NULL);
    if (!can_watch())
        return;
    pthread_t threads[2];
    shared = watched_block(64);
    memset(written_value, 1, sizeof written_value);
    for (uintptr_t i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, write_forever, (void *)(i + 1)) == 0);
    for (int i = 0; i < 5000; i++)
        CHECK(gc_written_take((uintptr_t)shared, 64 * PAGE, copy_pages, NULL));
    __atomic_store_n(&stop_writing, true, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    CHECK(gc_written_take((uintptr_t)shared, 64 * PAGE, copy_pages, NULL));
    for (size_t i = 0; i < 64; i++)
        CHECK(written_value[i] == (unsigned char)shared[i * PAGE]);
    drop_block(shared, 64);
}

TEST(written_in_huge_pages)
{
    start(NULL);
    if (!can_watch())
        return;
    size_t pages = 2 * GC_SLAB_PAGES;
    char *p = gc_ext_aligned_alloc(GC_SLAB_BYTES, pages * PAGE);
    CHECK(p != NULL);
    madvise(p, pages * PAGE, MADV_DONTNEED);
    madvise(p, pages * PAGE, MADV_HUGEPAGE); /* fails where there are none; the rest holds all the same */
    memset(p, 1, pages * PAGE);
    CHECK(gc_written_track((uintptr_t)p, pages * PAGE));
    CHECK(take(p, pages) == 0);
    ((volatile char *)p)[100 * PAGE] = 2;
    CHECK(take(p, pages) == 1 && seen[100]);
    /* A part of a huge page. */
    p[600 * PAGE] = 2;
    CHECK(take(p, 20) == 0);
    CHECK(take(p, pages) == 1 && seen[600]);
    for (size_t i = 0; i < pages; i++)
        CHECK(p[i * PAGE + 1] == 1);
    drop_block(p, pages);
}

TEST(written_untouched_pages)
{
    start(NULL);
    if (!can_watch())
        return;
    size_t pages = 1500;
    char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(p != MAP_FAILED && gc_written_track((uintptr_t)p, pages * PAGE));
    CHECK(take(p, pages) == 0);
    volatile char *v = p;
    v[700 * PAGE] = 1;
    CHECK(v[701 * PAGE] == 0); /* reading */
    CHECK(take(p, pages) == 1 && seen[700]);
    CHECK(take(p, pages) == 0);
    /* Given back while it is watched, and written again: the write must be seen. */
    CHECK(madvise(p, pages * PAGE, MADV_DONTNEED) == 0);
    v[3 * PAGE] = 1;
    take(p, pages);
    CHECK(seen[3]);
    v[3 * PAGE] = 2;
    CHECK(take(p, pages) == 1 && seen[3]);
    gc_written_untrack((uintptr_t)p, pages * PAGE);
    munmap(p, pages * PAGE);
}

/* What mprotect has opened in the middle of an address range as large as the heap's. */
TEST(written_in_a_reserve)
{
    start(NULL);
    if (!can_watch())
        return;
    size_t reserve = (size_t)256 << 30;
    char *base = mmap(NULL, reserve, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        puts("skipped: no address range of 256 GiB");
        return;
    }
    char *p = base + reserve / 2;
    CHECK(mprotect(p, 1024 * PAGE, PROT_READ | PROT_WRITE) == 0);
    memset(p, 1, 1024 * PAGE);
    CHECK(gc_written_track((uintptr_t)p, 512 * PAGE));
    CHECK(mprotect(p + 1024 * PAGE, 512 * PAGE, PROT_READ | PROT_WRITE) == 0);
    ((volatile char *)p)[511 * PAGE] = 2;
    ((volatile char *)p)[512 * PAGE] = 2;
    CHECK(take(p, 512) == 1 && seen[511]);
    /* Not watched: everything counts as written, which take says by failing. */
    size_t count = 0;
    seen_base = (uintptr_t)p;
    CHECK(!gc_written_take((uintptr_t)p + 512 * PAGE, 512 * PAGE, note, &count));
    /* Protection that is taken away and given again loses nothing. */
    ((volatile char *)p)[9 * PAGE] = 2;
    CHECK(mprotect(p, 512 * PAGE, PROT_READ) == 0 && mprotect(p, 512 * PAGE, PROT_READ | PROT_WRITE) == 0);
    CHECK(take(p, 512) == 1 && seen[9]);
    ((volatile char *)p)[10 * PAGE] = 2;
    CHECK(take(p, 512) == 1 && seen[10]);
    munmap(base, reserve);
}

static void
in_the_child(volatile char *p)
{
    size_t count = 0;
    seen_base = (uintptr_t)p;
    p[2 * PAGE] = 9;
    /* Nothing is known, and the parent's news must not be taken. */
    CHECK(!gc_written_take((uintptr_t)p, 64 * PAGE, note, &count) && count == 0);
    CHECK(!gc_written_track((uintptr_t)p, 64 * PAGE));
    CHECK(gc_written_init());
    CHECK(!gc_written_take((uintptr_t)p, 64 * PAGE, note, &count) && count == 0);
    CHECK(gc_written_track((uintptr_t)p, 64 * PAGE));
    p[3 * PAGE] = 9;
    CHECK(take((void *)p, 64) == 1 && seen[3]);
}

TEST(written_after_fork)
{
    start(NULL);
    if (!can_watch())
        return;
    volatile char *p = watched_block(64);
    p[1 * PAGE] = 2;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        in_the_child(p);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(take((void *)p, 64) == 1 && seen[1]);
    p[4 * PAGE] = 2;
    CHECK(take((void *)p, 64) == 1 && seen[4]);
    drop_block(p, 64);
}

/* Somebody closes every descriptor, as daemons do. */
TEST(written_without_descriptors)
{
    start(NULL);
    if (!can_watch())
        return;
    volatile char *p = watched_block(64);
    size_t count = 0;
    for (int fd = 3; fd < 256; fd++)
        close(fd);
    CHECK(!gc_written_take((uintptr_t)p, 64 * PAGE, note, &count) && count == 0);
    CHECK(!gc_written_track((uintptr_t)p, 64 * PAGE));
    p[1 * PAGE] = 2;
    gc_written_shutdown();
    CHECK(gc_written_init() && gc_written_track((uintptr_t)p, 64 * PAGE) && take((void *)p, 64) == 0);
    drop_block(p, 64);
}

/* A program's next descriptor has the number that it would have without us. */
TEST(written_leaves_low_descriptors)
{
    start(NULL);
    int before = dup(0);
    CHECK(before >= 0 && close(before) == 0);
    if (!can_watch())
        return;
    CHECK(dup(0) == before);
}

TEST(written_where_the_kernel_cannot_tell)
{
    start(NULL);
    gc_written_shutdown();
    struct rlimit none, before;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = 0;
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK(!can_watch());
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
}
