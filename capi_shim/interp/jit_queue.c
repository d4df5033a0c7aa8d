/* jit_queue.c: the guest's side of jit_queue.h.
 *
 * The guest makes a job (a snapshot in extension memory that the collector scans) and links it into the
 * waiting queue; the host takes it, answers, and frees it at once, since it holds what a frame held when it was made.
 * One lock guards the queue; nothing is done under it but linking. */
#include "interp.h"
#include "jit_sites.h"

enum {
    MAX_UNITS = 32,
    MAX_DEPTH = 3,
    MAX_CALLEE_WORDS = 400,       /* callees longer than this are not looked at for inlining */
    MAX_WORDS = 60000,            /* nor is code longer than this compiled at all */
    STATE_REQUESTED = 1,
    STATE_COMPILED = 2,
    STATE_NEVER = 3,
};

gcrt_jit_options gcrt_jit_options_ = {.mode = 0, .call_threshold = 400, .loop_threshold = 1500};
gcrt_jit_stats gcrt_jit_stats_;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work, answer;
    gcrt_jit_job *first, *last;   /* waiting */
    uint64_t next_id;
    uint64_t answered_jobs;       /* count, for an eager guest that waits */
    int stopped, has_host, woken;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .answer = PTHREAD_COND_INITIALIZER};

/* ------------------------------------------------------------------ snapshots */

static void
free_job(gcrt_jit_job *job)
{
    for (uint32_t i = 0; i < job->n_units; i++) {
        gc_ext_free(job->units[i].insns);
        gc_ext_free(job->units[i].sites);
    }
    gc_ext_free(job->units);
    gc_ext_free(job->slot_kinds);
    gc_ext_free(job->slot_values);
    gc_ext_free(job);
}

/* Compiled code makes a new str at each step of `s += piece`; the interpreter does not (strgrow.c). */
static int
grows_str(const PyCodeObject *code)
{
    for (uint32_t i = 0; i < code->n_words; i += 1u + gcrt_op_table[code->insns[i].op].cache_words)
        if (code->insns[i].op == OP_BINARY_ADD_STR)
            return 1;
    return 0;
}

static int
add_unit(gcrt_jit_job *job, PyFunctionObject *func, PyCodeObject *code, uint32_t depth)
{
    if (job->n_units == MAX_UNITS)
        return 0;
    for (uint32_t i = 0; i < job->n_units; i++)
        if (job->units[i].code == code)
            return 0;
    gcrt_insn *insns = gc_ext_malloc(code->n_words * sizeof *insns);
    if (insns == NULL)
        return -1;
    memcpy(insns, code->insns, code->n_words * sizeof *insns);
    job->units[job->n_units++] =
        (gcrt_jit_unit){.code = code, .func = func, .insns = insns, .n_words = code->n_words, .depth = depth,
                        .sites = attr_sites_copy(code)};
    return 0;
}

static int
add_function(gcrt_jit_job *job, PyObject *callable, uint32_t depth)
{
    if (callable == NULL || !function_is(callable))
        return 0;
    PyFunctionObject *func = (PyFunctionObject *)callable;
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    if (code->insns == NULL || code->n_words > MAX_CALLEE_WORDS || grows_str(code))
        return 0;
    return add_unit(job, func, code, depth);
}

/* The methods that polymorphic sites have found. */
static int
add_methods(gcrt_jit_job *job, const gcrt_jit_unit *unit, uint32_t depth)
{
    const gcrt_attr_sites *sites = unit->sites;
    for (uint32_t i = 0; sites != NULL && i < sites->count; i++)
        for (uint32_t j = 0; j < sites->site[i].count; j++) {
            const gcrt_cache_attr *entry = &sites->site[i].entry[j];
            int names_function = entry->kind == GCRT_ATTR_TYPE_VALUE || entry->kind == GCRT_ATTR_PROPERTY;
            if (names_function && add_function(job, entry->value, depth) < 0)
                return -1;
        }
    return 0;
}

/* The Python functions that a unit's caches name. */
static int
add_callees(gcrt_jit_job *job, const gcrt_jit_unit *unit)
{
    uint32_t n = unit->n_words, depth = unit->depth + 1;
    const gcrt_insn *insns = unit->insns;
    for (uint32_t i = 0; i < n; i += 1u + gcrt_op_table[insns[i].op].cache_words) {
        const gcrt_cache_call *call = (const gcrt_cache_call *)&insns[i + 1];
        const gcrt_cache_attr *attr = (const gcrt_cache_attr *)&insns[i + 1];
        PyObject *callee = NULL;
        if (gcrt_op_table[insns[i].op].base == OP_CALL && (call->kind == OP_CALL_PY || call->kind == OP_CALL_TYPE))
            callee = call->callable;
        else if (insns[i].op == OP_LOAD_ATTR_CACHED && attr->kind == GCRT_ATTR_PROPERTY)
            callee = attr->value;
        if (callee != NULL && add_function(job, callee, depth) < 0)
            return -1;
    }
    return add_methods(job, unit, depth);
}

/* Code compiled at a module's level names variables of dicts that no cache has asked about. */
static void
give_versions(PyObject *dict)
{
    if (PyDict_CheckExact(dict)) {
        dict_keys_version((PyDictObject *)dict);
        dict_places_version((PyDictObject *)dict);
    }
}

static gcrt_jit_job *
make_job(PyFunctionObject *func, PyCodeObject *code, uint32_t osr_word)
{
    if (code->n_words > MAX_WORDS || grows_str(code))
        return NULL;
    gcrt_jit_job *job = gc_ext_calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    give_versions(func->func_globals);
    give_versions(func->func_builtins);
    job->id = ++queue.next_id;
    job->osr_word = osr_word;
    job->units = gc_ext_calloc(MAX_UNITS, sizeof *job->units);
    int failed = job->units == NULL || add_unit(job, func, code, 0) < 0;
    for (uint32_t i = 0; !failed && i < job->n_units; i++)
        if (job->units[i].depth < MAX_DEPTH)
            failed = add_callees(job, &job->units[i]) < 0;
    if (failed) {
        free_job(job);
        return NULL;
    }
    return job;
}

static int
add_slots(gcrt_jit_job *job, gcrt_frame *frame)
{
    uint32_t n = (uint32_t)(frame->sp - frame->slots);
    job->slot_kinds = gc_ext_calloc(n + 1, sizeof *job->slot_kinds);
    job->slot_values = gc_ext_calloc(n + 1, sizeof *job->slot_values);
    if (job->slot_kinds == NULL || job->slot_values == NULL)
        return -1;
    job->n_slots = n;
    for (uint32_t i = 0; i < n; i++) {
        job->slot_values[i] = frame->slots[i];
        job->slot_kinds[i] = frame->slots[i] == NULL ? 0 : (uint16_t)kind_of(frame->slots[i]);
    }
    return 0;
}

/* ------------------------------------------------------------------ guest thread */

static void
submit(gcrt_jit_job *job)
{
    int eager = gcrt_jit_options_.mode == 2, wake = 0;
    uint64_t id = job->id;
    pthread_mutex_lock(&queue.lock);
    if (queue.stopped) {
        pthread_mutex_unlock(&queue.lock);
        free_job(job);
        return;
    }
    if (queue.last == NULL)
        queue.first = job;
    else
        queue.last->next = job;
    queue.last = job;
    wake = !queue.woken;
    queue.woken = 1;
    pthread_cond_signal(&queue.work);
    pthread_mutex_unlock(&queue.lock);
    if (wake && gcrt_host_callbacks.jit_wake != NULL)
        gcrt_host_callbacks.jit_wake();
    if (!eager)
        return;
    /* Jobs are answered in order: this one is when as many answers have come as its number. */
    pthread_mutex_lock(&queue.lock);
    while (queue.answered_jobs < id && !queue.stopped &&
           (queue.has_host || gcrt_host_callbacks.jit_wake != NULL))
        pthread_cond_wait(&queue.answer, &queue.lock);
    pthread_mutex_unlock(&queue.lock);
}

void
jit_request_function(PyThreadState *ts, PyFunctionObject *func, PyCodeObject *code)
{
    (void)ts;
    gcrt_jit_job *job = make_job(func, code, UINT32_MAX);
    code->jit_state = job == NULL ? STATE_NEVER : STATE_REQUESTED;
    if (job != NULL)
        submit(job);
}

void
jit_request_loop(PyThreadState *ts, gcrt_frame *frame, const gcrt_insn *back_edge)
{
    PyCodeObject *code = frame->code;
    uint32_t word = (uint32_t)(back_edge - code->insns);
    gcrt_cache_loop *cache = (gcrt_cache_loop *)&code->insns[word + 1];
    gcrt_jit_job *job = make_job(frame->func, code, word);
    (void)ts;
    if (job != NULL && add_slots(job, frame) < 0) {
        free_job(job);
        job = NULL;
    }
    cache->state = job == NULL ? STATE_NEVER : STATE_REQUESTED;
    if (job != NULL)
        submit(job);
}

void
jit_discard(PyCodeObject *code)
{
    gcrt_insn *insns = code->insns;
    __atomic_store_n(&code->jit_entry, NULL, __ATOMIC_RELEASE);
    code->jit_state = 0;
    code->call_counter = 0;
    code->jit_exits = 0;
    for (uint32_t i = 0; insns != NULL && i < code->n_words; i += 1u + gcrt_op_table[insns[i].op].cache_words) {
        if (insns[i].op != OP_JUMP_BACKWARD)
            continue;
        gcrt_cache_loop *cache = (gcrt_cache_loop *)&insns[i + 1];
        __atomic_store_n(&cache->entry, NULL, __ATOMIC_RELEASE);
        cache->counter = 0;
        if (cache->state == STATE_COMPILED)
            cache->state = 0;
    }
}

/* ------------------------------------------------------------------ host thread */

gcrt_jit_job *
jit_take(void)
{
    pthread_mutex_lock(&queue.lock);
    queue.has_host = 1;
    while (queue.first == NULL && !queue.stopped)
        pthread_cond_wait(&queue.work, &queue.lock);
    gcrt_jit_job *job = queue.stopped ? NULL : queue.first;
    if (job != NULL) {
        queue.first = job->next;
        if (queue.first == NULL)
            queue.last = NULL;
        job->next = NULL;
    }
    pthread_mutex_unlock(&queue.lock);
    return job;
}

static void
answered(gcrt_jit_job *job)
{
    free_job(job);
    pthread_mutex_lock(&queue.lock);
    queue.answered_jobs++;
    pthread_cond_broadcast(&queue.answer);
    pthread_mutex_unlock(&queue.lock);
}

static gcrt_cache_loop *
loop_cache(gcrt_jit_job *job)
{
    return (gcrt_cache_loop *)&job->units[0].code->insns[job->osr_word + 1];
}

void
jit_publish(gcrt_jit_job *job, void *entry, double compile_ms)
{
    PyCodeObject *code = job->units[0].code;
    if (job->osr_word == UINT32_MAX) {
        code->jit_state = STATE_COMPILED;
        __atomic_store_n(&code->jit_entry, (gcrt_jit_entry)entry, __ATOMIC_RELEASE);
    }
    else {
        loop_cache(job)->state = STATE_COMPILED;
        __atomic_store_n(&loop_cache(job)->entry, (gcrt_jit_osr)entry, __ATOMIC_RELEASE);
    }
    gcrt_jit_stats_.compiled++;
    gcrt_jit_stats_.compile_ms += compile_ms;
    answered(job);
}

void
jit_reject(gcrt_jit_job *job, int never_again)
{
    uint32_t state = never_again ? STATE_NEVER : 0;
    if (job->osr_word == UINT32_MAX)
        job->units[0].code->jit_state = state;
    else
        loop_cache(job)->state = state;
    gcrt_jit_stats_.rejected++;
    answered(job);
}

void
jit_stop(void)
{
    pthread_mutex_lock(&queue.lock);
    queue.stopped = 1;
    gcrt_jit_job *job = queue.first;
    queue.first = queue.last = NULL;
    pthread_cond_broadcast(&queue.work);
    pthread_cond_broadcast(&queue.answer);
    pthread_mutex_unlock(&queue.lock);
    for (gcrt_jit_job *next; job != NULL; job = next) {
        next = job->next;
        free_job(job);
    }
}
