/* list_sort.c: list.sort.
 *
 * A stable natural merge sort: find ascending and strictly descending runs (the latter are reversed),
 * lengthen short ones by binary insertion, and merge them in the order that the powersort rule gives (J. I.
 * Munro, S. Wild, "Nearly-Optimal Mergesorts", ESA 2018).  Merging copies the shorter run aside and gallops:
 * when one side wins several times in a row, the length of its winning stretch is found by exponential search
 * (T. Peters' idea).
 *
 * The algorithm is compiled once for each way to compare: lists of immediate ints, of immediate floats
 * and of strs need no call at all.  Comparing anything else may run Python code.  While that may happen
 * the list is empty; who looks at it sees no items, who changes it is found out at the end.  Whatever fails,
 * the arrays hold a permutation of the items at any time when code can run or fail. */
#include "list.h"

#define SORT_MIN_GALLOP 7
#define SORT_INLINE static inline __attribute__((always_inline))

/* less(a, b): 1, 0, or -1 with an exception. */
typedef int (*sort_less)(PyObject *a, PyObject *b);

typedef struct {
    PyObject **keys;               /* what is compared */
    PyObject **values;             /* what is moved along, or NULL */
    PyObject **temp_keys;
    PyObject **temp_values;
    Py_ssize_t n;
    Py_ssize_t min_gallop;
} sort_state;

typedef struct {
    Py_ssize_t start, length;
    int power;                     /* depth of the boundary to the next run in the ideal merge tree */
} sort_run;

/* ------------------------------------------------------------------ comparing */

static int
less_int(PyObject *a, PyObject *b)
{
    return (intptr_t)a < (intptr_t)b;      /* the tag bit is the same in both */
}

static int
less_float(PyObject *a, PyObject *b)
{
    return gcrt_float_value(a) < gcrt_float_value(b);
}

static int
less_str(PyObject *a, PyObject *b)
{
    if (PyUnicode_KIND(a) != PyUnicode_1BYTE_KIND || PyUnicode_KIND(b) != PyUnicode_1BYTE_KIND)
        return PyUnicode_Compare(a, b) < 0;
    Py_ssize_t n = PyUnicode_GET_LENGTH(a), m = PyUnicode_GET_LENGTH(b);
    int order = memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)(n < m ? n : m));
    return order != 0 ? order < 0 : n < m;
}

static int
less_object(PyObject *a, PyObject *b)
{
    if (gcrt_both_int(a, b))
        return less_int(a, b);
    if (gcrt_is_float(a) && gcrt_is_float(b))
        return less_float(a, b);
    if (container_is_str(a) && container_is_str(b))
        return less_str(a, b);
    PyTypeObject *type = Py_TYPE(a);
    if (type == Py_TYPE(b) && type->tp_richcompare != NULL) {
        PyObject *result = type->tp_richcompare(a, b, Py_LT);
        if (result == NULL)
            return -1;
        if (result != Py_NotImplemented)
            return container_is_true(result);
    }
    return PyObject_RichCompareBool(a, b, Py_LT);
}

/* Exact tuples: the first items that differ decide.  Equality comes first, as for tuples everywhere. */
static int
less_tuple(PyObject *a, PyObject *b)
{
    Py_ssize_t n = PyTuple_GET_SIZE(a), m = PyTuple_GET_SIZE(b);
    for (Py_ssize_t i = 0; i < n && i < m; i++) {
        PyObject *x = PyTuple_GET_ITEM(a, i), *y = PyTuple_GET_ITEM(b, i);
        int equal = container_equal(x, y);
        if (equal < 0)
            return -1;
        if (!equal)
            return less_object(x, y);
    }
    return n < m;
}

/* ------------------------------------------------------------------ moving */

SORT_INLINE void
sort_copy(sort_state *s, Py_ssize_t to, Py_ssize_t from, Py_ssize_t n)
{
    memmove(s->keys + to, s->keys + from, (size_t)n * sizeof(PyObject *));
    if (s->values != NULL)
        memmove(s->values + to, s->values + from, (size_t)n * sizeof(PyObject *));
}

static void
sort_save(sort_state *s, Py_ssize_t from, Py_ssize_t n)
{
    memcpy(s->temp_keys, s->keys + from, (size_t)n * sizeof(PyObject *));
    if (s->values != NULL)
        memcpy(s->temp_values, s->values + from, (size_t)n * sizeof(PyObject *));
}

SORT_INLINE void
sort_restore(sort_state *s, Py_ssize_t to, Py_ssize_t from, Py_ssize_t n)
{
    memcpy(s->keys + to, s->temp_keys + from, (size_t)n * sizeof(PyObject *));
    if (s->values != NULL)
        memcpy(s->values + to, s->temp_values + from, (size_t)n * sizeof(PyObject *));
}

SORT_INLINE void
sort_move_one(sort_state *s, Py_ssize_t to, Py_ssize_t from)
{
    s->keys[to] = s->keys[from];
    if (s->values != NULL)
        s->values[to] = s->values[from];
}

SORT_INLINE void
sort_restore_one(sort_state *s, Py_ssize_t to, Py_ssize_t from)
{
    s->keys[to] = s->temp_keys[from];
    if (s->values != NULL)
        s->values[to] = s->temp_values[from];
}

static void
sort_reverse_array(PyObject **items, Py_ssize_t n)
{
    for (Py_ssize_t low = 0, high = n - 1; low < high; low++, high--) {
        PyObject *item = items[low];
        items[low] = items[high];
        items[high] = item;
    }
}

static void
sort_reverse(sort_state *s, Py_ssize_t start, Py_ssize_t n)
{
    sort_reverse_array(s->keys + start, n);
    if (s->values != NULL)
        sort_reverse_array(s->values + start, n);
}

/* ------------------------------------------------------------------ runs */

/* Length of the run at start, made ascending; -1 with an exception. */
SORT_INLINE Py_ssize_t
sort_count_run(sort_state *s, Py_ssize_t start, sort_less less)
{
    PyObject **keys = s->keys;
    Py_ssize_t i = start + 1;
    if (i >= s->n)
        return s->n - start;
    int down = less(keys[i], keys[i - 1]);
    if (down < 0)
        return -1;
    for (i++; i < s->n; i++) {
        int below = less(keys[i], keys[i - 1]);
        if (below < 0)
            return -1;
        if (below != down)
            break;
    }
    if (down)
        sort_reverse(s, start, i - start);
    return i - start;
}

/* [start, sorted) is sorted; insert the items up to end. */
SORT_INLINE int
sort_insert(sort_state *s, Py_ssize_t start, Py_ssize_t sorted, Py_ssize_t end, sort_less less)
{
    for (Py_ssize_t i = sorted; i < end; i++) {
        PyObject *key = s->keys[i], *value = s->values == NULL ? NULL : s->values[i];
        Py_ssize_t low = start, high = i;
        while (low < high) {
            Py_ssize_t middle = low + (high - low) / 2;
            int below = less(key, s->keys[middle]);
            if (below < 0)
                return -1;
            if (below)
                high = middle;
            else
                low = middle + 1;
        }
        sort_copy(s, low + 1, low, i - low);
        s->keys[low] = key;
        if (value != NULL)
            s->values[low] = value;
    }
    return 0;
}

/* Runs shorter than this are lengthened: n / minrun is a power of two or a little less. */
static Py_ssize_t
sort_minrun(Py_ssize_t n)
{
    Py_ssize_t odd = 0;
    while (n >= 64) {
        odd |= n & 1;
        n >>= 1;
    }
    return n + odd;
}

/* ------------------------------------------------------------------ galloping */

/* Does x stay before key?  right: also when they are equal. */
SORT_INLINE int
sort_before(PyObject *x, PyObject *key, int right, sort_less less)
{
    int r = right ? less(key, x) : less(x, key);
    return r < 0 ? r : right ? !r : r;
}

/* How many of the ascending array's n items come before key; -1 with an exception.  from_end: the search
 * starts at the array's end. */
SORT_INLINE Py_ssize_t
sort_gallop(PyObject **array, Py_ssize_t n, PyObject *key, int right, int from_end, sort_less less)
{
    Py_ssize_t known = 0, step = 1, low, high;
    while (step <= n) {
        int before = sort_before(array[from_end ? n - step : step - 1], key, right, less);
        if (before < 0)
            return -1;
        if (before == from_end)
            break;
        known = step;
        step = step * 2 + 1;
    }
    if (from_end) {
        low = step > n ? 0 : n - step + 1;
        high = n - known;
    } else {
        low = known;
        high = step > n ? n : step - 1;
    }
    while (low < high) {
        Py_ssize_t middle = low + (high - low) / 2;
        int before = sort_before(array[middle], key, right, less);
        if (before < 0)
            return -1;
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ------------------------------------------------------------------ merging */

/* Merge [start, middle) and [middle, end), the left one being the shorter, from left to right. */
SORT_INLINE int
sort_merge_left(sort_state *s, Py_ssize_t start, Py_ssize_t middle, Py_ssize_t end, sort_less less)
{
    Py_ssize_t n = middle - start, i = 0, j = middle, to = start;
    int status = 0;
    sort_save(s, start, n);
    while (i < n && j < end) {
        Py_ssize_t left_wins = 0, right_wins = 0;
        do {
            int below = less(s->keys[j], s->temp_keys[i]);
            if (below < 0)
                goto fail;
            if (below) {
                sort_move_one(s, to++, j++);
                right_wins++;
                left_wins = 0;
            } else {
                sort_restore_one(s, to++, i++);
                left_wins++;
                right_wins = 0;
            }
            if (i >= n || j >= end)
                goto done;
        } while ((left_wins | right_wins) < s->min_gallop);
        do {
            left_wins = sort_gallop(s->temp_keys + i, n - i, s->keys[j], 1, 0, less);
            if (left_wins < 0)
                goto fail;
            sort_restore(s, to, i, left_wins);
            to += left_wins;
            i += left_wins;
            if (i >= n)
                goto done;
            right_wins = sort_gallop(s->keys + j, end - j, s->temp_keys[i], 0, 0, less);
            if (right_wins < 0)
                goto fail;
            sort_copy(s, to, j, right_wins);
            to += right_wins;
            j += right_wins;
            if (j >= end)
                goto done;
            s->min_gallop -= s->min_gallop > 1;
        } while (left_wins >= SORT_MIN_GALLOP || right_wins >= SORT_MIN_GALLOP);
        s->min_gallop += 2;
    }
    goto done;
fail:
    status = -1;
done:
    sort_restore(s, to, i, n - i);
    return status;
}

/* The same with the right run the shorter one, from right to left. */
SORT_INLINE int
sort_merge_right(sort_state *s, Py_ssize_t start, Py_ssize_t middle, Py_ssize_t end, sort_less less)
{
    Py_ssize_t n = end - middle, i = middle, j = n, to = end; /* one past the next ones */
    int status = 0;
    sort_save(s, middle, n);
    while (i > start && j > 0) {
        Py_ssize_t left_wins = 0, right_wins = 0;
        do {
            int below = less(s->temp_keys[j - 1], s->keys[i - 1]);
            if (below < 0)
                goto fail;
            if (below) {
                sort_move_one(s, --to, --i);
                left_wins++;
                right_wins = 0;
            } else {
                sort_restore_one(s, --to, --j);
                right_wins++;
                left_wins = 0;
            }
            if (i <= start || j <= 0)
                goto done;
        } while ((left_wins | right_wins) < s->min_gallop);
        do {
            Py_ssize_t stay = sort_gallop(s->keys + start, i - start, s->temp_keys[j - 1], 1, 1, less);
            if (stay < 0)
                goto fail;
            left_wins = i - start - stay;
            to -= left_wins;
            i -= left_wins;
            sort_copy(s, to, i, left_wins);
            if (i <= start)
                goto done;
            stay = sort_gallop(s->temp_keys, j, s->keys[i - 1], 0, 1, less);
            if (stay < 0)
                goto fail;
            right_wins = j - stay;
            to -= right_wins;
            j -= right_wins;
            sort_restore(s, to, j, right_wins);
            if (j <= 0)
                goto done;
            s->min_gallop -= s->min_gallop > 1;
        } while (left_wins >= SORT_MIN_GALLOP || right_wins >= SORT_MIN_GALLOP);
        s->min_gallop += 2;
    }
    goto done;
fail:
    status = -1;
done:
    sort_restore(s, to - j, 0, j);
    return status;
}

SORT_INLINE int
sort_merge(sort_state *s, sort_run *a, const sort_run *b, sort_less less)
{
    Py_ssize_t start = a->start, middle = b->start, end = b->start + b->length;
    a->length += b->length;
    /* What is in place already at either end need not move. */
    Py_ssize_t k = sort_gallop(s->keys + start, middle - start, s->keys[middle], 1, 0, less);
    if (k < 0)
        return -1;
    start += k;
    if (start == middle)
        return 0;
    k = sort_gallop(s->keys + middle, end - middle, s->keys[middle - 1], 0, 1, less);
    if (k <= 0)
        return (int)k;
    end = middle + k;
    if (middle - start <= end - middle)
        return sort_merge_left(s, start, middle, end, less);
    return sort_merge_right(s, start, middle, end, less);
}

/* Powersort: the first bit in which the middles of two neighbouring runs differ, as fractions of n. */
static int
sort_power(const sort_run *a, Py_ssize_t b_length, Py_ssize_t n)
{
    size_t total = (size_t)n, left = 2 * (size_t)a->start + (size_t)a->length;
    size_t right = left + (size_t)a->length + (size_t)b_length;
    for (int power = 1;; power++) {
        if (left >= total) {
            left -= total;
            right -= total;
        } else if (right >= total) {
            return power;
        }
        left <<= 1;
        right <<= 1;
    }
}

SORT_INLINE int
sort_all(sort_state *s, sort_less less)
{
    sort_run runs[90];             /* powers grow along the stack and are below 2 * 64 / log2(phi) */
    int n_runs = 0;
    Py_ssize_t minrun = sort_minrun(s->n);
    for (Py_ssize_t start = 0; start < s->n;) {
        Py_ssize_t length = sort_count_run(s, start, less);
        if (length < 0)
            return -1;
        if (length < minrun) {
            Py_ssize_t forced = s->n - start < minrun ? s->n - start : minrun;
            if (sort_insert(s, start, start + length, start + forced, less) < 0)
                return -1;
            length = forced;
        }
        if (n_runs > 0) {
            int power = sort_power(&runs[n_runs - 1], length, s->n);
            while (n_runs > 1 && runs[n_runs - 2].power > power) {
                if (sort_merge(s, &runs[n_runs - 2], &runs[n_runs - 1], less) < 0)
                    return -1;
                n_runs--;
            }
            runs[n_runs - 1].power = power;
        }
        runs[n_runs++] = (sort_run){start, length, 0};
        start += length;
    }
    for (; n_runs > 1; n_runs--)
        if (sort_merge(s, &runs[n_runs - 2], &runs[n_runs - 1], less) < 0)
            return -1;
    return 0;
}

static int sort_ints(sort_state *s) { return sort_all(s, less_int); }
static int sort_floats(sort_state *s) { return sort_all(s, less_float); }
static int sort_strs(sort_state *s) { return sort_all(s, less_str); }
static int sort_tuples(sort_state *s) { return sort_all(s, less_tuple); }
static int sort_objects(sort_state *s) { return sort_all(s, less_object); }

/* ------------------------------------------------------------------ the list */

static int
sort_dispatch(sort_state *s)
{
    int ints = 1, floats = 1, strs = 1, tuples = 1;
    for (Py_ssize_t i = 0; i < s->n && (ints | floats | strs | tuples); i++) {
        PyObject *key = s->keys[i];
        ints &= gcrt_is_int(key);
        floats &= gcrt_is_float(key);
        strs &= container_is_str(key);
        tuples &= PyTuple_CheckExact(key);
    }
    return ints     ? sort_ints(s)
           : floats ? sort_floats(s)
           : strs   ? sort_strs(s)
           : tuples ? sort_tuples(s)
                    : sort_objects(s);
}

static int
sort_make_keys(sort_state *s, PyObject *key)
{
    s->values = s->keys;
    PyObject **keys = gcrt_alloc_words((size_t)s->n);
    if (keys == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < s->n; i++) {
        keys[i] = PyObject_CallOneArg(key, s->values[i]);
        if (keys[i] == NULL)
            return -1;
    }
    s->keys = keys;
    return 0;
}

static int
sort_items(sort_state *s, PyObject *key, int reverse)
{
    size_t half = (size_t)s->n / 2 + 1;
    if (key != NULL && sort_make_keys(s, key) < 0)
        return -1;
    s->temp_keys = gcrt_alloc_words(half);
    if (s->temp_keys == NULL)
        return -1;
    if (s->values != NULL && (s->temp_values = gcrt_alloc_words(half)) == NULL)
        return -1;
    /* Reversed before and after, equal items keep their order. */
    if (reverse)
        sort_reverse(s, 0, s->n);
    int status = sort_dispatch(s);
    if (reverse)
        sort_reverse(s, 0, s->n);
    return status;
}

int
list_sort(PyListObject *list, PyObject *key, int reverse)
{
    sort_state s = {.keys = list->ob_item, .n = PyList_GET_SIZE(list), .min_gallop = SORT_MIN_GALLOP};
    PyObject **items = list->ob_item;
    Py_ssize_t capacity = list->allocated;
    if (s.n == 0)
        return 0;
    list->ob_item = NULL;
    Py_SET_SIZE(list, 0);
    list->allocated = -1;          /* any change to the list replaces this */
    int status = sort_items(&s, key, reverse);
    int changed = list->allocated != -1;
    gc_store(list, (PyObject **)&list->ob_item, (PyObject *)items);
    Py_SET_SIZE(list, s.n);
    list->allocated = capacity;
    if (changed && status == 0) {
        PyErr_SetString(PyExc_ValueError, "list modified during sort");
        return -1;
    }
    return status;
}
