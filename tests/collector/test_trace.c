/* test_trace.c: the account of cycles: what is recorded is written, whole lines at any time, and nothing else. */
#define _GNU_SOURCE
#define GC_INTERNAL
#include "driver.h"
#include "gc_internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS 1000000ull

static char path[4096], text[1 << 20];

/* The file's text; a test of the driver's caller names the file and reads it too. */
static void
begin(void)
{
    const char *given = getenv("GC_TRACE_TEST_FILE");
    if (given != NULL) {
        snprintf(path, sizeof path, "%s", given);
    } else {
        strcpy(path, "/tmp/gc-trace-XXXXXX");
        close(mkstemp(path));
    }
    CHECK(!gc_trace_enabled() && gc_trace_now() == 0);
    CHECK(gc_trace_file(path) == 0);
    CHECK(gc_trace_enabled() && gc_trace_now() != 0);
}

static void
load_text(void)
{
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = 0;
    fclose(f);
}

static void
end(void)
{
    CHECK(gc_trace_file(NULL) == 0);
    CHECK(!gc_trace_enabled());
    load_text();
    if (getenv("GC_TRACE_TEST_FILE") == NULL)
        unlink(path);
    size_t n = strlen(text);
    CHECK(n > 4 && memcmp(text, "[\n{", 3) == 0 && strcmp(text + n - 4, "}\n]\n") == 0);
}

static size_t
count(const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
        n++;
    return n;
}

static void
record_cycle(uint64_t at, unsigned markers)
{
    gc_trace_phase(PHASE_ROOTS, 0, at + MS, at + 2 * MS, 0);
    for (unsigned w = 0; w < markers; w++)
        gc_trace_phase(PHASE_MARK, w, at + 2 * MS, at + 5 * MS + 7, 1000 + w);
    gc_trace_phase(PHASE_CYCLE, 0, at, at + 6 * MS, 123456);
}

TEST(trace_written)
{
    start(NULL);
    begin();
    record_cycle(1000 * MS, 3);
    gc_trace_flush(5000, 6000, 70, 2);
    record_cycle(1010 * MS + 1, 1);
    gc_trace_flush(5001, 6000, 70, 2);
    end();
    CHECK(count("\"ph\":\"X\"") == 8 && count("\"name\":\"cycle\"") == 2 && count("\"name\":\"mark\"") == 4);
    CHECK(strstr(text, "\"name\":\"mark\",\"pid\":") != NULL);
    CHECK(strstr(text, "\"tid\":2,\"ts\":1002000.000,\"dur\":3000.007,\"args\":{\"bytes\":1002,\"threads\":2}}"));
    CHECK(strstr(text, "\"ts\":1001000.000,\"dur\":1000.000,\"args\":{\"threads\":2}}"));
    CHECK(strstr(text, "\"ts\":1006000.000,\"args\":{\"live\":5000,\"heap\":6000,\"ext\":70}}"));
    CHECK(strstr(text, "\"ts\":1016000.001,\"args\":{\"live\":5001,"));
    CHECK(count("\"ph\":\"C\"") == 4);         /* and when it was opened and ended */
    CHECK(count("\"thread_name\"") == 3 && count("\"marker 2\"") == 1);
}

TEST(trace_minor_cycles)
{
    gc_options options = generations_without(0);
    start(&options);
    begin();
    for (int i = 0; i < 3; i++)
        collect_young();
    collect();
    end();
    CHECK(count("\"name\":\"cycle\"") == 4);
    CHECK(count("\"minor\":true}") == 3 && count("\"minor\":false}") == 1);
}

TEST(trace_off_records_nothing)
{
    start(NULL);
    record_cycle(1000 * MS, 1);
    gc_trace_flush(1, 2, 3, 1);
    begin();
    gc_trace_phase(PHASE_SORT, 0, 0, 5, 0); /* began before the file was opened */
    gc_trace_flush(1, 2, 3, 0);
    end();
    CHECK(count("\"ph\":\"X\"") == 0);
    CHECK(gc_trace_file(NULL) == 0);
}

/* What a process that is killed leaves behind lacks the closing bracket and nothing else. */
TEST(trace_whole_lines_at_any_time)
{
    start(NULL);
    begin();
    for (uint64_t i = 1; i < 300; i++) {
        record_cycle(i * 10 * MS, 20);
        gc_trace_flush(1, 2, 3, 1);
        if (i % 50 == 1) {
            load_text();
            CHECK(text[strlen(text) - 1] == '}');
            CHECK(count("\n{") == count("},\n") + 1);
            CHECK(count("\"name\":\"cycle\"") == i);
        }
    }
    end();
    CHECK(count("\"name\":\"mark\"") == 299 * 20 && count("\"lost\"") == 0);
}

TEST(trace_full)
{
    start(NULL);
    begin();
    for (unsigned i = 0; i < 1500; i++)
        gc_trace_phase(PHASE_MARK, 0, MS, 2 * MS, 0);
    gc_trace_flush(1, 2, 3, 1);
    gc_trace_phase(PHASE_MARK, 0, MS, 2 * MS, 0);
    end();
    CHECK(count("\"ph\":\"X\"") == 1025);
    CHECK(strstr(text, "\"args\":{\"events\":476}}"));
}

enum { MARKERS = 4, ROUNDS = 200 };

static void *
marker(void *arg)
{
    for (uint64_t i = 0; i < ROUNDS; i++)
        gc_trace_phase(PHASE_MARK, (unsigned)(uintptr_t)arg, MS + i, 2 * MS + i, i + 1);
    return NULL;
}

TEST(trace_from_several_markers)
{
    start(NULL);
    begin();
    pthread_t threads[MARKERS];
    for (uintptr_t i = 0; i < MARKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, marker, (void *)i) == 0);
    for (int i = 0; i < 20; i++)
        gc_trace_flush(1, 2, 3, 1);
    for (int i = 0; i < MARKERS; i++)
        pthread_join(threads[i], NULL);
    gc_trace_flush(1, 2, 3, 1);
    end();
    CHECK(count("\"name\":\"mark\"") == MARKERS * ROUNDS && count("\"lost\"") == 0);
    CHECK(count("\"bytes\":200,") == MARKERS);
}

TEST(trace_errors)
{
    start(NULL);
    CHECK(gc_trace_file("/no/such/folder/file") == -1 && errno == ENOENT);
    begin();
    CHECK(gc_trace_file("/no/such/folder/file") == -1 && errno == ENOENT);
    CHECK(gc_trace_enabled()); /* the one before goes on */
    record_cycle(MS, 1);
    end();
    CHECK(count("\"name\":\"cycle\"") == 1);
    if (gc_trace_file("/dev/full") == 0) {
        fprintf(stderr, "/dev/full takes everything\n");
        exit(1);
    }
    CHECK(errno == ENOSPC && !gc_trace_enabled());
    CHECK(gc_trace_file(NULL) == 0);
}

/* No room any more: told when the file is ended, and the program goes on. */
TEST(trace_disk_full)
{
    start(NULL);
    begin();
    signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &(struct rlimit){20000, 20000}) == 0);
    for (uint64_t i = 1; i < 300; i++) {
        record_cycle(i * 10 * MS, 1);
        gc_trace_flush(1, 2, 3, 1);
    }
    CHECK(!gc_trace_enabled());
    CHECK(gc_trace_file(NULL) == -1 && errno == EFBIG);
    CHECK(gc_trace_file(NULL) == 0);
    load_text();
    CHECK(strlen(text) == 20000);
    unlink(path);
}

TEST(trace_same_file_twice)
{
    start(NULL);
    begin();
    record_cycle(MS, 10);
    gc_trace_flush(1, 2, 3, 1);
    CHECK(gc_trace_file(path) == 0);
    record_cycle(MS, 1);
    end();
    CHECK(count("\"name\":\"cycle\"") == 1 && count("\"process_name\"") == 1);
}

static char *
child_path(void)
{
    static char child[sizeof path + 8];
    snprintf(child, sizeof child, "%s.child", path);
    return child;
}

/* The file is the parent's; the child may have its own. */
static int
run_child(void)
{
    record_cycle(10 * MS, 1);
    gc_trace_flush(1, 2, 3, 1);
    if (gc_trace_enabled() || gc_trace_file(NULL) != 0 || gc_trace_file(child_path()) != 0)
        return 1;
    record_cycle(20 * MS, 2);
    return gc_trace_file(NULL) != 0;
}

TEST(trace_fork)
{
    start(NULL);
    begin();
    record_cycle(MS, 1);
    pid_t child = fork();
    if (child == 0)
        _exit(run_child());
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    gc_trace_flush(1, 2, 3, 1);
    end();
    CHECK(count("\"name\":\"cycle\"") == 1 && count("\"name\":\"mark\"") == 1);
    strcpy(path, child_path());
    load_text();
    unlink(path);
    CHECK(count("\"name\":\"cycle\"") == 1 && count("\"name\":\"mark\"") == 2);
}
