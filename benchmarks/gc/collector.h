/* collector.h: the layer that the benchmarks are written on.  It has two implementations, chosen when a program
 * is compiled, so that both sides run the same mutator code (and a third, without a collector, of which leaf.c needs
 * no more than there is):
 *
 *     heap_start()                  the calling thread may allocate from now on
 *     heap_words(size)              zeroed; each word may be a reference
 *     heap_leaf(size)               holds no references; contents undefined
 *     HEAP_SHAPE(name, words, bits) which words of an object are references; word 0 holds &name, and is not one
 *     heap_shaped(&name, size)      zeroed but for word 0
 *     heap_store(owner, slot, ref)  *slot, inside the object, refers to ref from now on; plain stores only fill an object in
 *                                   with what was there before it
 *     heap_thread_enter(), _leave() around what another thread does; start it with pthread_create
 *     heap_safepoint()              finalizers may run here
 *     heap_finalizer(object, f)     f(object) is to run once the object is dead; all calls name the same f
 *     heap_weak_set(slot, target)   *slot, in a leaf object of its own, is a weak reference to target
 *     heap_weak_get(slot)           the target or NULL; single-threaded programs only
 *     heap_collect()                a full collection
 *     heap_bytes()                  what the heap holds, used or not
 *     heap_note_live()              see BENCH_LIVE
 *     heap_report(check)            print the line of JSON
 *
 * Every allocation function ends the program when memory is exhausted.  Global variables are roots. */
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include "bench.h"

static double heap_live_most; /* bytes */

#ifdef PEER_BDWGC
#include "collector_bdwgc.h"
#elif defined(PEER_MALLOC)
#include "collector_malloc.h"
#else
#include "collector_gcrt.h"
#endif

MAYBE_UNUSED static void
heap_note_live(void)
{
    if (bench_setting("BENCH_LIVE") == 0)
        return;
    heap_collect();
    double live = heap_live();
    if (live > heap_live_most)
        heap_live_most = live;
}

MAYBE_UNUSED static void
heap_report(uint64_t check)
{
    bench_report_open(check);
    heap_report_fields();
    bench_report("live_bytes", heap_live_most);
    bench_report("heap_bytes", (double)heap_bytes());
    bench_report_close();
}

#endif
