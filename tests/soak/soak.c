/* soak.c: everything the collector offers, at random, from threads that come and go, for a given time.
 *
 *     soak SECONDS [SEED [IMAGE]]
 *
 * The heap is poisoned and verified in each cycle.  Nothing may be lost: things (things.h) are checked wherever
 * they are found again: on stacks, in globals, in extension memory, behind handles and weak references, in the
 * data of an image that is loaded and unloaded.  Nothing may leak: what is alive is bounded by construction, and
 * so must the heap be, and extension memory; at the end, when all is dropped, both must be nearly empty.
 *
 * Two kinds of threads: workers are mutators; outsiders are not, and use extension memory and handles only.
 *
 * With SOAK_GENERATIONS in the environment most cycles are minor. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "things.h"

#define SLOTS 48u
#define SHARED 64u
#define MAIL 64u
#define EXTS 32u
#define WEAKS 16u
#define HANDLES 8u
#define MORTALS 12u
#define MOST_THREADS 6u
#define IMAGE_SLOTS 32u
#define MOST_LIVE ((uint64_t)128 << 20)
#define MOST_HEAP ((uint64_t)512 << 20)
#define MOST_EXT ((uint64_t)128 << 20)
#define LEFT_OVER ((uint64_t)4 << 20)

/* Extension memory that holds one reference, which nothing else may hold. */
typedef struct box {
    thing *content;
    uint64_t seed; /* of the content; 0: empty */
    size_t size;
} box;

typedef struct weakling {
    gc_weak weak;
    uint64_t seed;
} weakling;

typedef struct outside { /* in libc's memory, which is not scanned */
    box *boxes[EXTS];    /* hidden */
    weakling weaks[WEAKS];
    gc_handle handles[HANDLES];
    uint64_t handle_seeds[HANDLES];
} outside;

typedef struct worker {
    gc_mutator *m;
    uint64_t random;
    outside *out;
    thing **slots; /* on the worker's stack */
    thing *owner, *key; /* of an ephemeron */
    uint64_t value_seed;
    thing **shelf; /* an object that things are put on, old as it may be; its first word is the layout, or NULL */
    size_t shelf_words;
    bool has_barrier;
    thing *mortals[MORTALS]; /* what only these, and each other, refer to: no weak reference knows them */
} worker;

static thing *shared[SHARED]; /* of all threads; an image root */
static thing *kept[SHARED];   /* mortals that were not freed by their deallocs; another */
static uintptr_t mail[MAIL];  /* boxes on their way to whoever takes them, hidden */
static uint64_t weaks_made, weaks_died, weaks_freed, registered, finalized, freed, threads_run;
static volatile uint32_t pending;
static double deadline;
static bool measure_limits = true, with_generations, watching;

bool gc_written_init(void); /* gc_internal.h: does the kernel tell which pages are written to? */

static uint64_t
count(uint64_t *counter)
{
    return __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static double
now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Of shared or kept. */
static thing *
get(thing *const *table, size_t i)
{
    return __atomic_load_n(&table[i], __ATOMIC_ACQUIRE);
}

static void
set(thing **table, size_t i, thing *t)
{
    __atomic_store_n(&table[i], t, __ATOMIC_RELEASE);
}

/* ------------------------------------------------------------------ the embedder */

static void
on_finalize(void *object)
{
    thing *t = object;
    thing_check(t);
    CHECK(t->finalized == 0);
    t->finalized = 1;
    if (count(&finalized) % 8 == 0)
        set(shared, t->seed % SHARED, t); /* resurrected */
}

/* One in 32 is kept, and may reach others whose deallocs have run. */
static void
on_dealloc(void *object)
{
    thing *t = object;
    thing_check(t);
    if (t->seed % 32 == 0) {
        set(kept, t->seed / 32 % SHARED, t);
    } else {
        CHECK(gc_free(t));
        count(&freed);
    }
}

static void
on_clear_weak(void *owner, void *target)
{
    thing *t = owner;
    if (t->hidden == ~(uintptr_t)target)
        __atomic_store_n(&t->hidden, 0, __ATOMIC_RELAXED);
}

static void
on_pending(void)
{
    __atomic_store_n(&pending, 1, __ATOMIC_RELAXED);
}

static void
on_weak_died(uintptr_t tag)
{
    CHECK(tag == 1);
    count(&weaks_died);
}

/* ------------------------------------------------------------------ what a worker does */

static void
make(worker *w)
{
    thing *t = thing_new(w->m, &w->random, w->slots, SLOTS);
    if (below(&w->random, 16) == 0) {
        CHECK(gc_dying_register(t, below(&w->random, 2) == 0 ? GC_DYING_FINALIZE
                                                            : GC_DYING_FINALIZE | GC_DYING_DEALLOC) == 0);
        count(&registered);
    }
    if (below(&w->random, 8) == 0)
        set(shared, below(&w->random, SHARED), t);
    w->slots[below(&w->random, SLOTS)] = t;
}

static void
make_mortal(worker *w)
{
    bool of_mortals = below(&w->random, 2) == 0;
    thing *t = thing_new(w->m, &w->random, of_mortals ? w->mortals : w->slots, of_mortals ? MORTALS : SLOTS);
    CHECK(gc_dying_register(t, GC_DYING_DEALLOC | GC_DYING_FREES) == 0);
    w->mortals[below(&w->random, MORTALS)] = t;
}

static void
look(worker *w)
{
    const thing *t = w->slots[below(&w->random, SLOTS)];
    if (t != NULL)
        thing_check(t);
    t = get(shared, below(&w->random, SHARED));
    if (t != NULL)
        thing_check(t);
    t = get(kept, below(&w->random, SHARED));
    if (t != NULL)
        thing_check(t);
    t = w->mortals[below(&w->random, MORTALS)];
    if (t != NULL)
        thing_check(t);
}

static void
drop(worker *w)
{
    w->slots[below(&w->random, SLOTS)] = NULL;
    if (below(&w->random, 8) == 0)
        set(shared, below(&w->random, SHARED), NULL);
    if (below(&w->random, 8) == 0)
        set(kept, below(&w->random, SHARED), NULL);
}

/* A weak reference from one thing to another, which the embedder forgets. */
static void
hide(worker *w)
{
    thing *owner = w->slots[below(&w->random, SLOTS)], *target = w->slots[below(&w->random, SLOTS)];
    /* Not in things that others see: this is no reference that is set once. */
    if (owner != NULL && owner->refs == 0 && owner->hidden == 0 && target != NULL && owner != target &&
        below(&w->random, 4) == 0) {
        thing *private = thing_new(w->m, &w->random, NULL, 0);
        private->hidden = ~(uintptr_t)target;
        CHECK(gc_weak_register(private, target) == 0);
        w->slots[below(&w->random, SLOTS)] = private;
        return;
    }
    if (owner == NULL)
        return;
    gc_world_lock(); /* or the target could go between its being read and its being held */
    uint64_t hidden = __atomic_load_n(&owner->hidden, __ATOMIC_RELAXED);
    thing *volatile held = hidden == 0 ? NULL : (thing *)~hidden;
    gc_world_unlock();
    if (held != NULL)
        thing_check(held);
}

static box *
reveal_box(box *const *slot)
{
    return *slot == NULL ? NULL : (box *)~(uintptr_t)*slot;
}

static void
hide_box(box **slot, box *b)
{
    *slot = b == NULL ? NULL : (box *)~(uintptr_t)b;
}

__attribute__((no_sanitize("thread"))) static void
check_box(const box *b)
{
    if (b->seed != 0) {
        CHECK(b->content->seed == b->seed);
        thing_check(b->content);
    }
    CHECK(((const unsigned char *)b)[b->size - 1] == (unsigned char)b->size);
}

static size_t
random_box_size(uint64_t *random)
{
    return sizeof(box) + 1 + below(random, below(random, 64) == 0 ? 200000 : 400);
}

static box *
fill_box(box *b, size_t size, thing *content)
{
    CHECK(b != NULL);
    b->size = size;
    b->content = content;
    b->seed = content == NULL ? 0 : content->seed;
    ((unsigned char *)b)[size - 1] = (unsigned char)size;
    return b;
}

/* Extension memory: made, resized, passed on to whichever thread takes it, freed. */
static void
trade(outside *out, uint64_t *random, thing *content)
{
    box **slot = &out->boxes[below(random, EXTS)];
    box *b = reveal_box(slot);
    size_t size = random_box_size(random);
    if (b == NULL) {
        hide_box(slot, fill_box(gc_ext_calloc(1, size), size, content));
        return;
    }
    check_box(b);
    switch (below(random, 3)) {
    case 0:
        b = gc_ext_realloc(b, size);
        hide_box(slot, fill_box(b, size, b->seed == 0 ? NULL : b->content));
        check_box(b);
        break;
    case 1:
        b = (box *)__atomic_exchange_n(&mail[below(random, MAIL)], (uintptr_t)b, __ATOMIC_ACQ_REL);
        hide_box(slot, b);
        break;
    default:
        gc_ext_free(b);
        *slot = NULL;
    }
}

/* Free a weak reference, and count it when its target is alive: which it must be until then, or it has died and
 * been counted as that. */
static void
free_weak(weakling *weak)
{
    const thing *t = gc_weak_get(weak->weak);
    CHECK(gc_weak_free(weak->weak));
    if (t != NULL)
        count(&weaks_freed);
    __asm__ volatile("" : : "r"(t) : "memory");
    *weak = (weakling){0};
}

static void
weaken(worker *w)
{
    weakling *weak = &w->out->weaks[below(&w->random, WEAKS)];
    thing *t = w->slots[below(&w->random, SLOTS)];
    if (weak->weak == 0) {
        if (t == NULL)
            return;
        *weak = (weakling){gc_weak_new(t, 1), t->seed};
        CHECK(weak->weak != 0);
        count(&weaks_made);
        return;
    }
    t = gc_weak_get(weak->weak);
    if (t != NULL) {
        CHECK(t->seed == weak->seed);
        thing_check(t);
        if (below(&w->random, 4) != 0)
            return;
    }
    free_weak(weak);
}

static void
use_handle(worker *w)
{
    size_t i = below(&w->random, HANDLES);
    outside *out = w->out;
    thing *t = w->slots[below(&w->random, SLOTS)];
    if (out->handles[i] == 0) {
        if (t == NULL)
            return;
        out->handle_seeds[i] = t->seed;
        out->handles[i] = gc_handle_new(t);
        CHECK(out->handles[i] != 0);
        return;
    }
    t = gc_handle_get(out->handles[i]);
    CHECK(t != NULL && t->seed == out->handle_seeds[i]);
    thing_check(t);
    CHECK(gc_handle_free(out->handles[i]));
    CHECK(gc_handle_get(out->handles[i]) == NULL);
    out->handles[i] = 0;
}

static void
use_ephemeron(worker *w)
{
    if (w->owner != NULL) {
        const thing *value = gc_ephemeron_get(w->owner, w->key);
        CHECK(value != NULL && value->seed == w->value_seed);
        thing_check(value);
        if (below(&w->random, 4) != 0)
            return;
        if (below(&w->random, 2) == 0)
            CHECK(gc_ephemeron_remove(w->owner, w->key));
    }
    w->owner = thing_new(w->m, &w->random, NULL, 0);
    w->key = thing_new(w->m, &w->random, NULL, 0);
    thing *value = thing_new(w->m, &w->random, w->slots, SLOTS);
    w->value_seed = value->seed;
    CHECK(gc_ephemeron_set(w->owner, w->key, value) == 0);
}

static void
make_shelf(worker *w)
{
    static const gc_layout layout = {.fixed_words = 1, .repeat_words = 1, .bitmap = {2}};
    bool is_described = below(&w->random, 2) == 0;
    w->shelf_words = 2 + below(&w->random, below(&w->random, 8) == 0 ? 20000 : 500);
    w->shelf = gc_alloc(w->m, w->shelf_words * sizeof(thing *), is_described ? GC_DESCRIBED : GC_CONSERVATIVE);
    CHECK(w->shelf != NULL);
    if (is_described)
        w->shelf[0] = (thing *)&layout;
    w->has_barrier = below(&w->random, 4) != 0;
    if (!w->has_barrier)
        CHECK(gc_set_unbarriered(w->shelf));
}

static void
use_shelf(worker *w)
{
    if (w->shelf == NULL || below(&w->random, 100) == 0)
        make_shelf(w);
    thing **place = &w->shelf[1 + below(&w->random, w->shelf_words - 1)], *t = *place;
    if (t != NULL)
        thing_check(t);
    t = w->slots[below(&w->random, SLOTS)];
    if (w->has_barrier)
        gc_store(w->shelf, place, t);
    else
        *place = t;
}

static void
step(worker *w)
{
    size_t chance = below(&w->random, 64);
    if (chance < 23)
        make(w);
    else if (chance < 28)
        make_mortal(w);
    else if (chance < 32)
        use_shelf(w);
    else if (chance < 40)
        look(w);
    else if (chance < 44)
        drop(w);
    else if (chance < 48)
        hide(w);
    else if (chance < 54)
        trade(w->out, &w->random, w->slots[below(&w->random, SLOTS)]);
    else if (chance < 58)
        weaken(w);
    else if (chance < 60)
        use_handle(w);
    else if (chance < 62)
        use_ephemeron(w);
    else if (below(&w->random, 100) == 0)
        gc_collect(w->m);
    gc_safepoint(w->m);
    if (__atomic_exchange_n(&pending, 0, __ATOMIC_RELAXED) != 0)
        gc_run_pending(w->m);
}

/* ------------------------------------------------------------------ threads */

static void
empty_outside(outside *out)
{
    for (size_t i = 0; i < EXTS; i++) {
        box *b = reveal_box(&out->boxes[i]);
        if (b != NULL)
            check_box(b);
        gc_ext_free(b);
    }
    for (size_t i = 0; i < HANDLES; i++)
        if (out->handles[i] != 0)
            CHECK(gc_handle_free(out->handles[i]));
    for (size_t i = 0; i < WEAKS; i++)
        if (out->weaks[i].weak != 0)
            free_weak(&out->weaks[i]);
    free(out);
}

static __attribute__((noinline)) void
work(gc_mutator *m, uint64_t seed, size_t steps)
{
    thing *slots[SLOTS] = {0};
    worker w = {.m = m, .random = seed, .out = calloc(1, sizeof *w.out), .slots = slots};
    CHECK(w.out != NULL);
    for (size_t i = 0; i < steps && now() < deadline; i++)
        step(&w);
    empty_outside(w.out);
}

static void *
worker_main(void *arg)
{
    uint64_t seed = (uintptr_t)arg;
    gc_mutator *m = gc_mutator_attach(NULL, NULL);
    CHECK(m != NULL && gc_mutator_current() == m);
    work(m, seed, 500 + below(&seed, 8000));
    count(&threads_run);
    /* Half of them leave it to the system to notice. */
    if (seed % 2 == 0)
        gc_mutator_detach(m);
    return NULL;
}

/* No mutator: its boxes hold nothing, but those that come by mail may, and keep it alive. */
static void *
outsider_main(void *arg)
{
    uint64_t seed = (uintptr_t)arg;
    outside *out = calloc(1, sizeof *out);
    size_t steps = 500 + below(&seed, 4000);
    CHECK(out != NULL);
    for (size_t i = 0; i < steps && now() < deadline; i++)
        trade(out, &seed, NULL);
    empty_outside(out);
    count(&threads_run);
    return NULL;
}

/* ------------------------------------------------------------------ the image */

static __attribute__((noinline)) void
fill_image(gc_mutator *m, uint64_t *random, void **data, uint64_t *seeds)
{
    for (size_t i = 0; i < IMAGE_SLOTS; i++) {
        thing *t = thing_new(m, random, NULL, 0);
        data[i] = t;
        seeds[i] = t->seed;
    }
}

static void
check_image(void **data, const uint64_t *seeds)
{
    for (size_t i = 0; i < IMAGE_SLOTS; i++) {
        CHECK(((thing *)data[i])->seed == seeds[i]);
        thing_check(data[i]);
        data[i] = NULL;
    }
}

/* Load the image, let only its data hold things while others work, look, unload. */
static void
visit_image(gc_mutator *m, uint64_t *random, const char *path)
{
    uint64_t seeds[2][IMAGE_SLOTS];
    void *image = dlopen(path, RTLD_NOW);
    if (image == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    void **data = dlsym(image, "soak_data");
    void **(*thread_data)(void) = (void **(*)(void))dlsym(image, "soak_thread_data");
    CHECK(data != NULL && thread_data != NULL && gc_root_image_add(data) == 0);
    fill_image(m, random, data, seeds[0]);
    fill_image(m, random, thread_data(), seeds[1]);
    work(m, next_random(random), 2000);
    gc_collect(m);
    check_image(data, seeds[0]);
    check_image(thread_data(), seeds[1]);
    gc_root_image_remove(data);
    CHECK(dlclose(image) == 0);
}

/* ------------------------------------------------------------------ the whole */

static uint64_t
resident_bytes(void)
{
    unsigned long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    if (f != NULL)
        fclose(f);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
check_bounds(gc_mutator *m)
{
    gc_stats s;
    gc_get_stats(m, &s);
    CHECK(s.live_bytes < MOST_LIVE);
    CHECK(s.heap_bytes < MOST_HEAP);
    CHECK(s.ext_bytes < MOST_EXT);
    if (measure_limits)
        CHECK(resident_bytes() < MOST_HEAP + MOST_EXT);
}

static void
start_thread(pthread_t *thread, uint64_t *random)
{
    uint64_t seed = next_random(random) >> 8;
    void *(*body)(void *) = below(random, 4) == 0 ? outsider_main : worker_main;
    CHECK(pthread_create(thread, NULL, body, (void *)(uintptr_t)seed) == 0);
}

static void
run(gc_mutator *m, uint64_t random, const char *image)
{
    pthread_t threads[MOST_THREADS];
    size_t oldest = 0;
    for (size_t i = 0; i < MOST_THREADS; i++)
        start_thread(&threads[i], &random);
    while (now() < deadline) {
        if (image != NULL && below(&random, 2) == 0)
            visit_image(m, &random, image);
        else
            work(m, next_random(&random), 2000);
        check_bounds(m);
        pthread_join(threads[oldest], NULL);
        start_thread(&threads[oldest], &random);
        oldest = (oldest + 1) % MOST_THREADS;
    }
    for (size_t i = 0; i < MOST_THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* Overwrite what returned calls have left on the stack. */
static __attribute__((noinline)) void
clear_stack(void)
{
    volatile char junk[65536];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = 0;
}

static void
drop_everything(gc_mutator *m)
{
    for (size_t i = 0; i < MAIL; i++)
        gc_ext_free((void *)__atomic_exchange_n(&mail[i], 0, __ATOMIC_ACQ_REL));
    /* Finalizers resurrect some; what has been finalized does not come again. */
    for (int i = 0; i < 10; i++) {
        for (size_t k = 0; k < SHARED; k++) {
            set(shared, k, NULL);
            set(kept, k, NULL);
        }
        clear_stack();
        gc_collect(m);
        gc_run_pending(m);
    }
}

static void
report(gc_mutator *m)
{
    gc_stats s;
    gc_get_stats(m, &s);
    printf("%lu threads, %lu cycles (%lu minor), %lu objects, %lu MB; %lu of %lu finalized, %lu freed; weak: %lu made, %lu died, %lu freed; "
           "left: %lu bytes alive, %lu of heap, %lu of extensions\n",
           (unsigned long)threads_run, (unsigned long)s.collections,
           (unsigned long)s.minor_collections, (unsigned long)s.allocated_objects,
           (unsigned long)(s.allocated_bytes >> 20), (unsigned long)finalized, (unsigned long)registered,
           (unsigned long)freed, (unsigned long)weaks_made, (unsigned long)weaks_died, (unsigned long)weaks_freed,
           (unsigned long)s.live_bytes, (unsigned long)s.heap_bytes, (unsigned long)s.ext_bytes);
    CHECK(s.live_bytes < LEFT_OVER);
    CHECK(s.ext_bytes < LEFT_OVER);
    /* A stale word may keep the one or other. */
    CHECK(finalized <= registered && registered - finalized < 100 && freed > 0);
    CHECK(weaks_died + weaks_freed <= weaks_made && weaks_made - weaks_died - weaks_freed < 100);
    CHECK(s.collections > 0 && gc_verify() == 0);
    /* It writes to most of what is old; but there are quiet times. */
    if (watching && gc_written_init())
        CHECK(s.minor_collections > s.collections / 50);
    else
        CHECK((s.minor_collections > s.collections / 2) == with_generations);
}

int
main(int argc, char **argv)
{
    static const gc_embedder embedder = {.trace = thing_trace,
                                         .finalize = on_finalize,
                                         .dealloc = on_dealloc,
                                         .clear_weak = on_clear_weak,
                                         .pending = on_pending,
                                         .weak_died = on_weak_died};
    gc_options options = {.min_trigger_bytes = (size_t)2 << 20, .poison = true, .verify = true};
    if (argc < 2) {
        fputs("usage: soak SECONDS [SEED [IMAGE]]\n", stderr);
        return 2;
    }
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)getpid();
    /* The sanitizers' memory would be measured. */
    measure_limits = getenv("SOAK_SANITIZED") == NULL;
    options.generations = with_generations = getenv("SOAK_GENERATIONS") != NULL;
    options.watch_old = watching = getenv("SOAK_WATCH") != NULL;
    options.nursery_bytes = (size_t)512 << 10;
    printf("seed %lu\n", (unsigned long)seed);
    fflush(stdout);
    gc_set_embedder(&embedder);
    CHECK(gc_init(&options) == 0 && gc_root_image_add(shared) == 0);
    gc_mutator *m = gc_mutator_attach(NULL, NULL);
    CHECK(m != NULL);
    deadline = now() + strtod(argv[1], NULL);
    run(m, seed, argc > 3 ? argv[3] : NULL);
    drop_everything(m);
    report(m);
    gc_mutator_detach(m);
    gc_shutdown();
    return 0;
}
