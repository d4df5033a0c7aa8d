/* trace.c: an account of each cycle, in the Chrome trace-event format, which Perfetto reads.
 *
 *   inside a cycle, any marker                   afterwards, one thread at a time
 *   gc_trace_phase -> reserve, fill, publish ->  gc_trace_flush -> text -> write
 *
 * Between the two lies a bounded queue (after Vyukov's): a producer reserves a place by advancing `next`,
 * fills it and publishes it by its turn; the consumer stops at the first place that isn't published yet and
 * leaves it to the next flush.  So no producer ever waits or allocates; when the queue is full the record is
 * counted as lost.  A cycle may begin while the one before is still being written.
 *
 * The file is an array of events, one a line.  Each flush is one write of whole lines, separators first, so
 * that what a process that was killed leaves behind lacks nothing but the closing bracket, which the format
 * does not insist on.
 *
 *   "X"  a phase: tid is the marker; args: bytes, threads (mutators that stood still), and of a cycle minor
 *   "C"  live, heap and ext bytes: when the file is opened, after each cycle, and when it is closed
 *   "i"  records that found no room
 *   "M"  names of the process and the threads */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "gc_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define PLACES 1024u
#define MOST_NAMED 64u
#define TEXT_BYTES 16384u
#define LINE_BYTES 320u

static_assert((PLACES & (PLACES - 1)) == 0, "places are found by masking");

typedef struct record {
    uint64_t turn; /* 1 + the number of the record that is published here; 0: none has been yet */
    uint64_t begin, end, bytes;
    uint32_t phase, worker;
} record;

static const char *const names[PHASE_COUNT] = {
    [PHASE_CYCLE] = "cycle", [PHASE_MINOR] = "cycle", [PHASE_STOP] = "stop",
    [PHASE_SWEEP] = "sweep", [PHASE_ROOTS] = "roots", [PHASE_MARK] = "mark",
    [PHASE_DYING] = "dying", [PHASE_SORT] = "sort",   [PHASE_VERIFY] = "verify",
};

static bool enabled; /* the only thing that is read when there is no file */
static record places[PLACES];
static uint64_t next, taken; /* numbers of the next record and of the oldest that isn't written */
static uint64_t lost;

/* All below: lock held. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int file = -1;
static int failure; /* errno of the first write that failed; nothing is written after it */
static int process; /* that opened the file */
static bool is_first;
static uint64_t named; /* bit i: worker i has a name */
static char text[TEXT_BYTES];
static size_t used;

bool
gc_trace_enabled(void)
{
    return __atomic_load_n(&enabled, __ATOMIC_RELAXED);
}

uint64_t
gc_trace_now(void)
{
    return GC_LIKELY(!gc_trace_enabled()) ? 0 : gc_now_ns();
}

/* ------------------------------------------------------------------ the queue */

void
gc_trace_phase(gc_phase phase, unsigned worker, uint64_t begin_ns, uint64_t end_ns, uint64_t bytes)
{
    /* Time 0: tracing was switched on within the phase. */
    if (GC_LIKELY(!gc_trace_enabled()) || begin_ns == 0)
        return;
    uint64_t number = __atomic_load_n(&next, __ATOMIC_RELAXED);
    do {
        if (number - __atomic_load_n(&taken, __ATOMIC_ACQUIRE) >= PLACES) {
            __atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
            return;
        }
    } while (!__atomic_compare_exchange_n(&next, &number, number + 1, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    record *r = &places[number % PLACES];
    r->phase = phase;
    r->worker = worker;
    r->begin = begin_ns;
    r->end = end_ns;
    r->bytes = bytes;
    __atomic_store_n(&r->turn, number + 1, __ATOMIC_RELEASE);
}

/* The oldest record, or false when it isn't there yet. */
static bool
take(record *out)
{
    uint64_t number = __atomic_load_n(&taken, __ATOMIC_RELAXED);
    const record *r = &places[number % PLACES];
    if (__atomic_load_n(&r->turn, __ATOMIC_ACQUIRE) != number + 1)
        return false;
    *out = *r;
    __atomic_store_n(&taken, number + 1, __ATOMIC_RELEASE);
    return true;
}

/* ------------------------------------------------------------------ text */

static void
put_out(void)
{
    for (size_t done = 0; done < used && failure == 0;) {
        ssize_t n = write(file, text + done, used - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            failure = errno;
    }
    used = 0;
    if (failure != 0)
        __atomic_store_n(&enabled, false, __ATOMIC_RELAXED);
}

/* Add one event. */
__attribute__((format(printf, 1, 2))) static void
put(const char *format, ...)
{
    if (TEXT_BYTES - used < LINE_BYTES)
        put_out();
    used += (size_t)sprintf(text + used, is_first ? "[\n" : ",\n");
    is_first = false;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text + used, LINE_BYTES - 2, format, args);
    va_end(args);
    if (n < 0 || n >= (int)LINE_BYTES - 2)
        gc_heap_fatal("an event is longer than its line");
    used += (size_t)n;
}

/* Microseconds, as the format wants them. */
#define TIME "%" PRIu64 ".%03u"
#define TIME_OF(ns) (ns) / 1000, (unsigned)((ns) % 1000)

static void
put_name(unsigned worker)
{
    if (worker >= MOST_NAMED || (named >> worker & 1))
        return;
    named |= (uint64_t)1 << worker;
    char name[24] = "collecting thread";
    if (worker != 0)
        snprintf(name, sizeof name, "marker %u", worker);
    put("{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%d,\"tid\":%u,\"args\":{\"name\":\"%s\"}}",
        process, worker, name);
}

static bool
is_cycle(const record *r)
{
    return r->phase == PHASE_CYCLE || r->phase == PHASE_MINOR;
}

static void
put_phase(const record *r, unsigned mutators)
{
    char args[80] = "";
    int n = 0;
    uint64_t duration = r->end > r->begin ? r->end - r->begin : 0;
    put_name(r->worker);
    if (r->bytes != 0)
        n += sprintf(args + n, ",\"bytes\":%" PRIu64, r->bytes);
    if (mutators != 0)
        n += sprintf(args + n, ",\"threads\":%u", mutators);
    if (is_cycle(r))
        sprintf(args + n, ",\"minor\":%s", r->phase == PHASE_MINOR ? "true" : "false");
    put("{\"ph\":\"X\",\"cat\":\"gc\",\"name\":\"%s\",\"pid\":%d,\"tid\":%u,\"ts\":" TIME ",\"dur\":" TIME
        ",\"args\":{%s}}",
        r->phase < PHASE_COUNT ? names[r->phase] : "?", process, r->worker, TIME_OF(r->begin),
        TIME_OF(duration), args + (args[0] == ','));
}

static void
put_sizes(uint64_t at, uint64_t live_bytes, uint64_t heap_bytes, uint64_t ext_bytes)
{
    put("{\"ph\":\"C\",\"cat\":\"gc\",\"name\":\"bytes\",\"pid\":%d,\"tid\":0,\"ts\":" TIME
        ",\"args\":{\"live\":%" PRIu64 ",\"heap\":%" PRIu64 ",\"ext\":%" PRIu64 "}}",
        process, TIME_OF(at), live_bytes, heap_bytes, ext_bytes);
}

static void
put_sizes_now(void)
{
    put_sizes(gc_trace_now(), gc_stats_counters.live_bytes, gc_heap_bytes(), gc_ext_bytes());
}

/* Every record that is there; the time at which the last cycle among them ended, or 0. */
static uint64_t
put_records(unsigned mutators)
{
    record r;
    uint64_t ended = 0;
    while (take(&r)) {
        put_phase(&r, mutators);
        if (is_cycle(&r))
            ended = r.end;
    }
    uint64_t missing = __atomic_exchange_n(&lost, 0, __ATOMIC_RELAXED);
    if (missing != 0)
        put("{\"ph\":\"i\",\"cat\":\"gc\",\"name\":\"lost\",\"pid\":%d,\"tid\":0,\"s\":\"p\",\"ts\":" TIME
            ",\"args\":{\"events\":%" PRIu64 "}}",
            process, TIME_OF(gc_trace_now()), missing);
    return ended;
}

/* ------------------------------------------------------------------ the file */

/* 0, or -1 with errno when anything of it could not be written. */
static int
end_file(void)
{
    if (file < 0)
        return 0;
    if (failure == 0) {
        put_records(0);
        put_sizes_now();
        put_out();
        used = (size_t)sprintf(text, "\n]\n");
        put_out();
    }
    __atomic_store_n(&enabled, false, __ATOMIC_RELAXED);
    if (close(file) < 0 && failure == 0 && errno != EINTR)
        failure = errno;
    file = -1;
    errno = failure;
    return failure == 0 ? 0 : -1;
}

static void
begin_file(int opened)
{
    record r;
    while (take(&r)) /* left over from the file before */
        ;
    file = opened;
    failure = 0;
    process = (int)getpid();
    is_first = true;
    named = 0;
    used = 0;
    __atomic_store_n(&lost, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&enabled, true, __ATOMIC_RELAXED);
    put("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%d,\"tid\":0,\"args\":{\"name\":\"collector\"}}",
        process);
    put_sizes_now();
    put_out();
}

/* After a fork the file is the parent's affair; the child may open one of its own.  Threads that held the lock, or
 * were filling a record, are gone. */
static void
forget_file(void)
{
    pthread_mutex_init(&lock, NULL);
    __atomic_store_n(&enabled, false, __ATOMIC_RELAXED);
    memset(places, 0, sizeof places);
    next = taken = 0;
    if (file >= 0)
        close(file);
    file = -1;
}

static void
watch_forks(void)
{
    static bool watching;
    if (!watching)
        watching = pthread_atfork(NULL, NULL, forget_file) == 0;
}

int
gc_trace_file(const char *path)
{
    int opened = -1;
    if (path != NULL) {
        opened = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (opened < 0)
            return -1; /* and a file that is open already goes on */
    }
    pthread_mutex_lock(&lock);
    int result = end_file();
    if (opened >= 0) {
        /* Only now, in case it is the file that has just been ended.  A pipe can't be truncated. */
        if (ftruncate(opened, 0) < 0)
            errno = 0;
        watch_forks();
        begin_file(opened);
        result = failure == 0 ? 0 : end_file();
    }
    pthread_mutex_unlock(&lock);
    return result;
}

void
gc_trace_flush(uint64_t live_bytes, uint64_t heap_bytes, uint64_t ext_bytes, unsigned mutators)
{
    if (GC_LIKELY(!gc_trace_enabled()))
        return;
    pthread_mutex_lock(&lock);
    if (file >= 0 && failure == 0) {
        uint64_t ended = put_records(mutators);
        put_sizes(ended != 0 ? ended : gc_trace_now(), live_bytes, heap_bytes, ext_bytes);
        put_out();
    }
    pthread_mutex_unlock(&lock);
}

void
gc_trace_shutdown(void)
{
    gc_trace_file(NULL);
}
