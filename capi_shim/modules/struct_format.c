/* struct_format.c: struct formats: byte order, counts, sizes and alignment. */
#include "struct_module.h"

typedef struct {
    char code;
    unsigned char size;
    unsigned char align;
} code_size;

/* '@': what the C compiler does on this platform. */
static const code_size native_codes[] = {
    {'x', 1, 1}, {'b', 1, 1}, {'B', 1, 1}, {'c', 1, 1}, {'s', 1, 1}, {'p', 1, 1}, {'h', 2, 2}, {'H', 2, 2},
    {'i', 4, 4}, {'I', 4, 4}, {'l', 8, 8}, {'L', 8, 8}, {'n', 8, 8}, {'N', 8, 8}, {'q', 8, 8}, {'Q', 8, 8},
    {'?', 1, 1}, {'e', 2, 2}, {'f', 4, 4}, {'d', 8, 8}, {'P', 8, 8}, {0, 0, 0},
};
/* '=', '<', '>', '!': fixed sizes, no alignment. */
static const code_size standard_codes[] = {
    {'x', 1, 1}, {'b', 1, 1}, {'B', 1, 1}, {'c', 1, 1}, {'s', 1, 1}, {'p', 1, 1}, {'h', 2, 1}, {'H', 2, 1}, {'i', 4, 1},
    {'I', 4, 1}, {'l', 4, 1}, {'L', 4, 1}, {'q', 8, 1}, {'Q', 8, 1}, {'?', 1, 1}, {'e', 2, 1}, {'f', 4, 1}, {'d', 8, 1},
    {0, 0, 0},
};

typedef struct {
    const char *p, *end;
    const code_size *codes;
    int little;
} reader;

static void
read_order(reader *r)
{
    r->codes = native_codes;
    r->little = 1;
    if (r->p == r->end)
        return;
    switch (*r->p) {
    case '@':
        r->p++;
        return;
    case '>':
    case '!':
        r->little = 0;
        /* fall through */
    case '<':
    case '=':
        r->codes = standard_codes;
        r->p++;
        return;
    default:
        return;
    }
}

static int
too_long(void)
{
    PyErr_SetString(struct_error, "total struct size too long");
    return -1;
}

/* The next item: 1 with count and code, 0 at the end, -1 with an exception. */
static int
next_item(reader *r, Py_ssize_t *count, const code_size **found)
{
    while (r->p < r->end && Py_ISSPACE(*r->p))
        r->p++;
    if (r->p == r->end)
        return 0;
    *count = 1;
    if (*r->p >= '0' && *r->p <= '9') {
        Py_ssize_t number = 0;
        for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
            if (number > (PY_SSIZE_T_MAX - 9) / 10)
                return too_long();
            number = number * 10 + (*r->p - '0');
        }
        if (r->p == r->end) {
            PyErr_SetString(struct_error, "repeat count given without format specifier");
            return -1;
        }
        *count = number;
    }
    char code = *r->p++;
    if (code == '\0') {
        PyErr_SetString(struct_error, "embedded null character");
        return -1;
    }
    for (*found = r->codes; (*found)->code != 0; ++*found)
        if ((*found)->code == code)
            return 1;
    PyErr_SetString(struct_error, "bad char in struct format");
    return -1;
}

static int
add_size(Py_ssize_t *total, Py_ssize_t count, Py_ssize_t size)
{
    Py_ssize_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || __builtin_add_overflow(*total, bytes, total))
        return too_long();
    return 0;
}

int
struct_parse(struct_object *self, const char *format, Py_ssize_t length)
{
    reader r = {.p = format, .end = format + length};
    const code_size *code;
    Py_ssize_t count, total = 0, n_fields = 0, n_values = 0;
    int more;
    /* No format has more fields than characters. */
    struct_field *fields = gcrt_alloc_leaf(((size_t)length + 1) * sizeof(struct_field));
    if (fields == NULL)
        return -1;
    read_order(&r);
    while ((more = next_item(&r, &count, &code)) > 0) {
        Py_ssize_t align = code->align;
        if (add_size(&total, (align - total % align) % align, 1) < 0)
            return -1;
        int whole = code->code == 's' || code->code == 'p';
        if (code->code != 'x' && (whole || count > 0)) {
            fields[n_fields++] = (struct_field){.code = code->code,
                                                .little = (unsigned char)r.little,
                                                .native = r.codes == native_codes,
                                                .offset = total,
                                                .size = whole ? count : code->size,
                                                .repeat = whole ? 1 : count};
            n_values += whole ? 1 : count;
        }
        if (add_size(&total, count, code->size) < 0)
            return -1;
    }
    if (more < 0)
        return -1;
    gc_store(self, &self->fields, fields);
    self->n_fields = n_fields;
    self->n_values = n_values;
    self->size = total;
    return 0;
}
