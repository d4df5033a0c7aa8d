/* ucd_names.c: names of characters.
 *
 * Three kinds of names.  Ideographs and their like are ranges: a prefix and the character's number.  Syllables of
 * Hangul are spelled from the short names of their letters.  All others are rows of words:
 *
 *     name_runs      number of a character  <->  number of its row       (aliases: numbers from NAME_ALIASES on)
 *     name_rows      0 row 0 row 0 ...      a row: numbers of words, of one byte or two, none of them 0
 *     name_words     0 word 0 word 0 ...    the most frequent first
 *
 * Since no item has a 0 inside, the place of an item is found by a search for its bytes between zeroes: a name is
 * looked up word by word, then as a row.  That reads a third of a megabyte, which takes less than 0.1 ms. */
#include "runtime.h"

#include "ucd_names.h"

typedef struct name_run {
    uint32_t code, row;              /* of its first character; those that follow count on */
} name_run;
typedef struct name_range {
    uint32_t first, last;
    const char *prefix;
} name_range;
#include "ucd_name_tables.h"

typedef struct name_table {
    const uint8_t *data;
    size_t size;
    const uint32_t *places;          /* of items 0, NAME_STEP, 2 * NAME_STEP, ... */
    size_t n_places, n;
} name_table;

static const name_table words = {
    name_words_data, sizeof name_words_data, name_words_place, Py_ARRAY_LENGTH(name_words_place), NAME_WORDS,
};
static const name_table rows = {
    name_rows_data, sizeof name_rows_data, name_rows_place, Py_ARRAY_LENGTH(name_rows_place), NAME_ROWS,
};

/* Item i, with a 0 at its end. */
static const char *
item_of(const name_table *table, size_t i)
{
    const char *item = (const char *)table->data + table->places[i / NAME_STEP];
    for (size_t skip = i % NAME_STEP; skip > 0; skip--)
        item += strlen(item) + 1;
    return item;
}

/* The number of the item of these n bytes, or -1.  text[-1] and text[n] must be 0. */
static Py_ssize_t
item_find(const name_table *table, const char *text, size_t n)
{
    const uint8_t *found = memmem(table->data, table->size, text - 1, n + 2);
    size_t low = 0, high = table->n_places, place, i;
    if (found == NULL)
        return -1;
    place = (size_t)(found - table->data) + 1;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (table->places[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    i = low * NAME_STEP;
    for (size_t at = table->places[low]; at < place; i++)
        at += strlen((const char *)table->data + at) + 1;
    return (Py_ssize_t)i;
}

/* ------------------------------------------------------------------ rows */

/* The run that begins last among those whose code (or row) is not above value. */
static size_t
run_of(uint32_t value, bool by_row)
{
    size_t low = 0, high = Py_ARRAY_LENGTH(name_runs);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if ((by_row ? name_runs[middle].row : name_runs[middle].code) <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The row of a character, or -1. */
static Py_ssize_t
row_of(Py_UCS4 ch)
{
    size_t i = run_of(ch, false);
    uint32_t end = i + 1 < Py_ARRAY_LENGTH(name_runs) ? name_runs[i + 1].row : NAME_ROWS;
    if (ch < name_runs[i].code || ch - name_runs[i].code >= end - name_runs[i].row)
        return -1;
    return name_runs[i].row + (ch - name_runs[i].code);
}

static size_t
spell_row(size_t row, char *out)
{
    const uint8_t *p = (const uint8_t *)item_of(&rows, row);
    char *end = out;
    while (*p) {
        size_t word = *p++ - 1u;
        if (word >= NAME_SHORT)
            word = NAME_SHORT + (word - NAME_SHORT) * 255 + (*p++ - 1u);
        if (end > out)
            *end++ = ' ';
        end = stpcpy(end, item_of(&words, word));
    }
    return (size_t)(end - out);
}

/* The row of a name in capitals, or -1. */
static Py_ssize_t
find_row(const char *name, size_t n)
{
    char row[UCD_NAME_ROOM + 2] = {0}, word[UCD_NAME_ROOM + 2] = {0};
    size_t length = 1;
    for (size_t i = 0, end; i <= n; i = end + 1) {
        Py_ssize_t number;
        for (end = i; end < n && name[end] != ' ';)
            end++;
        memcpy(word + 1, name + i, end - i);
        word[1 + end - i] = 0;
        number = item_find(&words, word + 1, end - i);
        if (number < 0 || length + 2 >= sizeof row)
            return -1;
        if (number >= NAME_SHORT)
            row[length++] = (char)(1 + NAME_SHORT + (number - NAME_SHORT) / 255);
        row[length++] = (char)(1 + (number < NAME_SHORT ? number : (number - NAME_SHORT) % 255));
    }
    return item_find(&rows, row + 1, length - 1);
}

/* ------------------------------------------------------------------ Hangul */

enum { HANGUL_FIRST = 0xac00, HANGUL_VOWELS = 21, HANGUL_ENDS = 28, HANGUL_N = 11172 };
static const char hangul_prefix[] = "HANGUL SYLLABLE ";
static const char *const hangul_begin[] = {
    "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H", NULL,
};
static const char *const hangul_vowel[] = {
    "A",  "AE",  "YA", "YAE", "EO", "E",  "YEO", "YE", "O",  "WA", "WAE",
    "OE", "YO",  "U",  "WEO", "WE", "WI", "YU",  "EU", "YI", "I",  NULL,
};
static const char *const hangul_end[] = {
    "",   "G",  "GG", "GS", "N",  "NJ", "NH", "D", "L",  "LG", "LM", "LB", "LS", "LT", "LP",
    "LH", "M",  "B",  "BS", "S",  "SS", "NG", "J", "C",  "K",  "T",  "P",  "H",  NULL,
};
_Static_assert(Py_ARRAY_LENGTH(hangul_vowel) == HANGUL_VOWELS + 1, "vowels");
_Static_assert(Py_ARRAY_LENGTH(hangul_end) == HANGUL_ENDS + 1, "final consonants");

static size_t
spell_hangul(Py_UCS4 ch, char *out)
{
    unsigned s = ch - HANGUL_FIRST, vowel = s / HANGUL_ENDS;
    return (size_t)sprintf(out, "%s%s%s%s", hangul_prefix, hangul_begin[vowel / HANGUL_VOWELS],
                           hangul_vowel[vowel % HANGUL_VOWELS], hangul_end[s % HANGUL_ENDS]);
}

/* The longest of the short names that *text begins with: its number, and *text is moved behind it.  -1: none. */
static int
read_letter(const char *const *letters, const char **text)
{
    int best = -1;
    for (int i = 0; letters[i] != NULL; i++)
        if (strncmp(*text, letters[i], strlen(letters[i])) == 0 &&
            (best < 0 || strlen(letters[i]) > strlen(letters[best])))
            best = i;
    if (best >= 0)
        *text += strlen(letters[best]);
    return best;
}

/* The syllable whose name ends in text, or 0. */
static Py_UCS4
find_hangul(const char *text)
{
    int begin = read_letter(hangul_begin, &text), vowel = read_letter(hangul_vowel, &text);
    int end = read_letter(hangul_end, &text);
    if (begin < 0 || vowel < 0 || end < 0 || *text)
        return 0;
    return HANGUL_FIRST + (Py_UCS4)((begin * HANGUL_VOWELS + vowel) * HANGUL_ENDS + end);
}

/* ------------------------------------------------------------------ names */

size_t
ucd_name(Py_UCS4 ch, char out[UCD_NAME_ROOM])
{
    Py_ssize_t row;
    if (ch >= HANGUL_FIRST && ch < HANGUL_FIRST + HANGUL_N)
        return spell_hangul(ch, out);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(name_ranges); i++)
        if (ch >= name_ranges[i].first && ch <= name_ranges[i].last)
            return (size_t)sprintf(out, "%s%04X", name_ranges[i].prefix, (unsigned)ch);
    row = ch < NAME_ALIASES ? row_of(ch) : -1;
    return row < 0 ? 0 : spell_row((size_t)row, out);
}

/* The character whose name ends in its number, or 0: the number decides, and must be written as in the name. */
static Py_UCS4
find_in_ranges(const char *name)
{
    const char *dash = strrchr(name, '-');
    char spelled[UCD_NAME_ROOM];
    Py_UCS4 ch = dash == NULL ? 0 : (Py_UCS4)strtoul(dash + 1, NULL, 16);
    return ch > 0 && ch <= 0x10ffff && ucd_name(ch, spelled) > 0 && strcmp(spelled, name) == 0 ? ch : 0;
}

size_t
ucd_find(const char *name, size_t n, Py_UCS4 out[UCD_SEQUENCE_ROOM])
{
    char capitals[UCD_NAME_ROOM];
    const name_run *run;
    const uint32_t *alias;
    Py_ssize_t row;
    if (n >= sizeof capitals || memchr(name, 0, n) != NULL)
        return 0;
    for (size_t i = 0; i < n; i++)
        capitals[i] = Py_TOUPPER(name[i]);
    capitals[n] = 0;
    out[0] = find_in_ranges(capitals);
    if (out[0] == 0 && strncmp(capitals, hangul_prefix, strlen(hangul_prefix)) == 0)
        out[0] = find_hangul(capitals + strlen(hangul_prefix));
    if (out[0] != 0)
        return 1;
    if ((row = find_row(capitals, n)) < 0)
        return 0;
    run = &name_runs[run_of((uint32_t)row, true)];
    out[0] = run->code + ((uint32_t)row - run->row);
    if (out[0] < NAME_ALIASES)
        return 1;
    alias = name_alias_data + name_alias_place[out[0] - NAME_ALIASES];
    memcpy(out, alias + 1, alias[0] * sizeof *out);
    return alias[0];
}
