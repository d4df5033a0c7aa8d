/* collector_malloc.h: collector.h without a collector, for programs in which each object is referred to once.
 *
 * Memory is managed by hand: what a slot refers to is freed when it is overwritten.  It tells how much time is left to
 * a collector at all; LD_PRELOAD puts another malloc in the place of libc's. */
static inline void *
heap_leaf(size_t size)
{
    void *p = malloc(size);
    if (p == NULL)
        bench_exhausted();
    return p;
}

static inline void *
heap_words(size_t size)
{
    void *p = calloc(1, size);
    if (p == NULL)
        bench_exhausted();
    return p;
}

#define heap_store(owner, slot, reference) \
    do {                                   \
        void *heap_new = (reference);      \
        (void)(owner);                     \
        free(*(slot));                     \
        *(slot) = heap_new;                \
    } while (0)

MAYBE_UNUSED static void
heap_start(void)
{
}

MAYBE_UNUSED static void
heap_collect(void)
{
}

MAYBE_UNUSED static size_t
heap_live(void)
{
    return 0;
}

MAYBE_UNUSED static size_t
heap_bytes(void)
{
    return 0;
}

MAYBE_UNUSED static void
heap_report_fields(void)
{
}
