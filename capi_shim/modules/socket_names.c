/* socket_names.c: names and numbers of hosts, services, protocols and interfaces; byte orders. */
#include "socket_module.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>

/* ------------------------------------------------------------------ this host */

static PyObject *
names_gethostname(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    char name[1024];
    if (gethostname(name, sizeof name - 1) < 0)
        return socket_error();
    name[sizeof name - 1] = '\0';
    return PyUnicode_DecodeFSDefault(name);
}

static PyObject *
names_sethostname(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *name;
    if (!PyArg_ParseTuple(args, "O&:sethostname", PyUnicode_FSConverter, &name))
        return NULL;
    if (sethostname(PyBytes_AS_STRING(name), (size_t)PyBytes_GET_SIZE(name)) < 0)
        return socket_error();
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ getaddrinfo, getnameinfo */

/* Results are libc's until they have become a list, which may fail at any item. */
static PyObject *
addrinfo_list(const struct addrinfo *found)
{
    PyObject *list = PyList_New(0);
    for (const struct addrinfo *a = found; list != NULL && a != NULL; a = a->ai_next) {
        PyObject *address = socket_address_object(a->ai_addr, a->ai_addrlen);
        PyObject *entry = address == NULL ? NULL
                                          : Py_BuildValue("(iiisO)", a->ai_family, a->ai_socktype, a->ai_protocol,
                                                          a->ai_canonname ? a->ai_canonname : "", address);
        if (entry == NULL || PyList_Append(list, entry) < 0)
            return NULL;
    }
    return list;
}

/* The service argument: an int, str, bytes or None.  `digits` has room for an int. */
static int
service_name(PyObject *arg, char digits[32], const char **name)
{
    *name = NULL;
    if (arg == Py_None)
        return 0;
    if (PyLong_CheckExact(arg)) {
        long number = PyLong_AsLong(arg);
        if (number == -1 && PyErr_Occurred())
            return -1;
        snprintf(digits, 32, "%ld", number);
        *name = digits;
    } else if (PyUnicode_Check(arg)) {
        *name = PyUnicode_AsUTF8(arg);
    } else if (PyBytes_Check(arg)) {
        *name = PyBytes_AS_STRING(arg);
    } else {
        PyErr_SetString(PyExc_OSError, "Int or String expected");
    }
    return *name == NULL ? -1 : 0;
}

static PyObject *
names_getaddrinfo(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwds)
{
    static char *keywords[] = {"host", "port", "family", "type", "proto", "flags", NULL};
    PyObject *host_arg, *service_arg;
    socket_host host = {0};
    char digits[32];
    const char *service;
    struct addrinfo hints = {0}, *found = NULL;
    int code;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OO|iiii:getaddrinfo", keywords, &host_arg, &service_arg,
                                     &hints.ai_family, &hints.ai_socktype, &hints.ai_protocol, &hints.ai_flags))
        return NULL;
    if (host_arg != Py_None && !PyUnicode_Check(host_arg) && !PyBytes_Check(host_arg)) {
        PyErr_SetString(PyExc_TypeError, "getaddrinfo() argument 1 must be string or None");
        return NULL;
    }
    /* Here every str goes through IDNA, which refuses labels that are empty or too long. */
    if (PyUnicode_Check(host_arg) && (host_arg = PyUnicode_AsEncodedString(host_arg, "idna", NULL)) == NULL)
        return NULL;
    if (!socket_host_converter(host_arg, &host) || service_name(service_arg, digits, &service) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    code = getaddrinfo(host.name, service, &hints, &found);
    Py_END_ALLOW_THREADS
    if (code != 0)
        return socket_set_gaierror(code);
    PyObject *list = addrinfo_list(found);
    freeaddrinfo(found);
    return list;
}

static PyObject *
names_getnameinfo(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *tuple;
    int flags, port, code;
    unsigned flow = 0, scope = 0;
    const char *host;
    char digits[16], name[NI_MAXHOST], service[NI_MAXSERV];
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST}, *found = NULL;
    if (!PyArg_ParseTuple(args, "Oi:getnameinfo", &tuple, &flags))
        return NULL;
    if (!PyTuple_Check(tuple)) {
        PyErr_SetString(PyExc_TypeError, "getnameinfo() argument 1 must be a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(tuple, "si|II;getnameinfo(): illegal sockaddr argument", &host, &port, &flow, &scope))
        return NULL;
    if (flow > 0xfffff) {
        PyErr_SetString(PyExc_OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
        return NULL;
    }
    snprintf(digits, sizeof digits, "%d", port);
    Py_BEGIN_ALLOW_THREADS
    code = getaddrinfo(host, digits, &hints, &found);
    Py_END_ALLOW_THREADS
    if (code != 0)
        return socket_set_gaierror(code);
    const char *wrong = NULL;
    if (found->ai_next != NULL) {
        wrong = "sockaddr resolved to multiple addresses";
    } else if (found->ai_family == AF_INET && PyTuple_GET_SIZE(tuple) != 2) {
        wrong = "IPv4 sockaddr must be 2 tuple";
    } else {
        if (found->ai_family == AF_INET6) {
            struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)found->ai_addr;
            in6->sin6_flowinfo = htonl(flow);
            in6->sin6_scope_id = scope;
        }
        Py_BEGIN_ALLOW_THREADS
        code = getnameinfo(found->ai_addr, found->ai_addrlen, name, sizeof name, service, sizeof service, flags);
        Py_END_ALLOW_THREADS
    }
    freeaddrinfo(found);
    if (wrong != NULL)
        PyErr_SetString(PyExc_OSError, wrong);
    else if (code != 0)
        socket_set_gaierror(code);
    else
        return Py_BuildValue("(ss)", name, service);
    return NULL;
}

/* ------------------------------------------------------------------ gethostby... */

static PyObject *
names_gethostbyname(PyObject *Py_UNUSED(module), PyObject *args)
{
    socket_host host;
    socket_address address;
    if (!PyArg_ParseTuple(args, "O&:gethostbyname", socket_host_converter, &host))
        return NULL;
    return socket_resolve(host.name ? host.name : "", AF_INET, &address) < 0 ? NULL : socket_ip_text(&address.sa);
}

static PyObject *
text_list(char *const *texts)
{
    PyObject *list = PyList_New(0);
    for (; list != NULL && texts != NULL && *texts != NULL; texts++) {
        PyObject *text = PyUnicode_FromString(*texts);
        if (text == NULL || PyList_Append(list, text) < 0)
            return NULL;
    }
    return list;
}

/* (name, aliases, addresses) */
static PyObject *
host_entry(const struct hostent *h, int error)
{
    if (h == NULL) {
        PyObject *value = Py_BuildValue("(is)", error, hstrerror(error));
        if (value != NULL)
            PyErr_SetObject(socket_herror, value);
        return NULL;
    }
    PyObject *aliases = text_list(h->h_aliases), *addresses = PyList_New(0);
    for (char **a = h->h_addr_list; addresses != NULL && a != NULL && *a != NULL; a++) {
        socket_address address = {.sa.sa_family = (sa_family_t)h->h_addrtype};
        if (h->h_addrtype == AF_INET6)
            memcpy(&address.in6.sin6_addr, *a, sizeof address.in6.sin6_addr);
        else
            memcpy(&address.in.sin_addr, *a, sizeof address.in.sin_addr);
        PyObject *text = socket_ip_text(&address.sa);
        if (text == NULL || PyList_Append(addresses, text) < 0)
            return NULL;
    }
    if (aliases == NULL || addresses == NULL)
        return NULL;
    return Py_BuildValue("(sOO)", h->h_name, aliases, addresses);
}

static PyObject *
names_gethostbyname_ex(PyObject *Py_UNUSED(module), PyObject *args)
{
    socket_host host;
    socket_address address;
    struct hostent entry, *found = NULL;
    char memory[16384];
    int error = 0;
    if (!PyArg_ParseTuple(args, "O&:gethostbyname_ex", socket_host_converter, &host) ||
        socket_resolve(host.name ? host.name : "", AF_INET, &address) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    gethostbyname_r(host.name ? host.name : "", &entry, memory, sizeof memory, &found, &error);
    Py_END_ALLOW_THREADS
    return host_entry(found, error);
}

static PyObject *
names_gethostbyaddr(PyObject *Py_UNUSED(module), PyObject *args)
{
    socket_host host;
    socket_address address;
    struct hostent entry, *found = NULL;
    char memory[16384];
    int error = 0;
    if (!PyArg_ParseTuple(args, "O&:gethostbyaddr", socket_host_converter, &host) ||
        socket_resolve(host.name ? host.name : "", AF_UNSPEC, &address) < 0)
        return NULL;
    int six = address.sa.sa_family == AF_INET6;
    const void *bits = six ? (const void *)&address.in6.sin6_addr : &address.in.sin_addr;
    Py_BEGIN_ALLOW_THREADS
    gethostbyaddr_r(bits, six ? sizeof address.in6.sin6_addr : sizeof address.in.sin_addr, address.sa.sa_family, &entry,
                    memory, sizeof memory, &found, &error);
    Py_END_ALLOW_THREADS
    return host_entry(found, error);
}

/* ------------------------------------------------------------------ services and protocols */

static PyObject *
names_getservbyname(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name, *proto = NULL;
    if (!PyArg_ParseTuple(args, "s|s:getservbyname", &name, &proto))
        return NULL;
    const struct servent *found = getservbyname(name, proto);
    if (found != NULL)
        return PyLong_FromLong(ntohs((uint16_t)found->s_port));
    PyErr_SetString(PyExc_OSError, "service/proto not found");
    return NULL;
}

static PyObject *
names_getservbyport(PyObject *Py_UNUSED(module), PyObject *args)
{
    int port;
    const char *proto = NULL;
    if (!PyArg_ParseTuple(args, "i|s:getservbyport", &port, &proto))
        return NULL;
    if (port < 0 || port > 0xffff) {
        PyErr_SetString(PyExc_OverflowError, "getservbyport: port must be 0-65535.");
        return NULL;
    }
    const struct servent *found = getservbyport(htons((uint16_t)port), proto);
    if (found != NULL)
        return PyUnicode_FromString(found->s_name);
    PyErr_SetString(PyExc_OSError, "port/proto not found");
    return NULL;
}

static PyObject *
names_getprotobyname(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    if (!PyArg_ParseTuple(args, "s:getprotobyname", &name))
        return NULL;
    const struct protoent *found = getprotobyname(name);
    if (found != NULL)
        return PyLong_FromLong(found->p_proto);
    PyErr_SetString(PyExc_OSError, "protocol not found");
    return NULL;
}

/* ------------------------------------------------------------------ byte orders */

/* Swapping is the same both ways. */
static PyObject *
swap_short(PyObject *args, const char *format, const char *name)
{
    int value;
    if (!PyArg_ParseTuple(args, format, &value))
        return NULL;
    if (value < 0)
        return PyErr_Format(PyExc_OverflowError, "%s: can't convert negative Python int to C 16-bit unsigned integer",
                            name);
    if (value > 0xffff)
        return PyErr_Format(PyExc_OverflowError, "%s: Python int too large to convert to C 16-bit unsigned integer",
                            name);
    return PyLong_FromLong(htons((uint16_t)value));
}
static PyObject *
names_ntohs(PyObject *Py_UNUSED(module), PyObject *args)
{
    return swap_short(args, "i:ntohs", "ntohs");
}
static PyObject *
names_htons(PyObject *Py_UNUSED(module), PyObject *args)
{
    return swap_short(args, "i:htons", "htons");
}
static PyObject *
names_swap_long(PyObject *Py_UNUSED(module), PyObject *arg)
{
    if (!PyLong_Check(arg))
        return PyErr_Format(PyExc_TypeError, "expected int, %s found", Py_TYPE(arg)->tp_name);
    unsigned long value = PyLong_AsUnsignedLong(arg);
    if (value == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    if (value > 0xffffffff) {
        PyErr_SetString(PyExc_OverflowError, "int larger than 32 bits");
        return NULL;
    }
    return PyLong_FromUnsignedLong(htonl((uint32_t)value));
}

/* ------------------------------------------------------------------ IP addresses as text and bits */

static PyObject *
names_inet_aton(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *text;
    struct in_addr bits;
    if (!PyArg_ParseTuple(args, "s:inet_aton", &text))
        return NULL;
    if (inet_aton(text, &bits) != 0)
        return PyBytes_FromStringAndSize((const char *)&bits, sizeof bits);
    PyErr_SetString(PyExc_OSError, "illegal IP address string passed to inet_aton");
    return NULL;
}

static PyObject *
names_inet_ntoa(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer view;
    struct in_addr bits;
    if (!PyArg_ParseTuple(args, "y*:inet_ntoa", &view))
        return NULL;
    int right = view.len == sizeof bits;
    if (right)
        memcpy(&bits, view.buf, sizeof bits);
    PyBuffer_Release(&view);
    if (right)
        return PyUnicode_FromString(inet_ntoa(bits));
    PyErr_SetString(PyExc_OSError, "packed IP wrong length for inet_ntoa");
    return NULL;
}

static PyObject *
names_inet_pton(PyObject *Py_UNUSED(module), PyObject *args)
{
    int family;
    const char *text;
    char bits[sizeof(struct in6_addr)];
    if (!PyArg_ParseTuple(args, "is:inet_pton", &family, &text))
        return NULL;
    int rc = inet_pton(family, text, bits);
    if (rc < 0)
        return socket_error();
    if (rc > 0)
        return PyBytes_FromStringAndSize(bits, family == AF_INET ? sizeof(struct in_addr) : sizeof bits);
    PyErr_SetString(PyExc_OSError, "illegal IP address string passed to inet_pton");
    return NULL;
}

static PyObject *
names_inet_ntop(PyObject *Py_UNUSED(module), PyObject *args)
{
    int family;
    Py_buffer view;
    char text[INET6_ADDRSTRLEN] = "";
    if (!PyArg_ParseTuple(args, "iy*:inet_ntop", &family, &view))
        return NULL;
    size_t wanted = family == AF_INET ? sizeof(struct in_addr) : family == AF_INET6 ? sizeof(struct in6_addr) : 0;
    const char *done = NULL;
    if (wanted == 0)
        PyErr_Format(PyExc_ValueError, "unknown address family %d", family);
    else if ((size_t)view.len != wanted)
        PyErr_SetString(PyExc_ValueError, "invalid length of packed IP address string");
    else if ((done = inet_ntop(family, view.buf, text, sizeof text)) == NULL)
        socket_error();
    PyBuffer_Release(&view);
    return done == NULL ? NULL : PyUnicode_FromString(done);
}

/* ------------------------------------------------------------------ interfaces */

static PyObject *
names_if_nameindex(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    struct if_nameindex *all = if_nameindex();
    if (all == NULL)
        return socket_error();
    PyObject *list = PyList_New(0);
    for (struct if_nameindex *i = all; list != NULL && i->if_index != 0; i++) {
        PyObject *pair = Py_BuildValue("(IN)", i->if_index, PyUnicode_DecodeFSDefault(i->if_name));
        if (pair == NULL || PyList_Append(list, pair) < 0)
            list = NULL;
    }
    if_freenameindex(all);
    return list;
}

static PyObject *
names_if_nametoindex(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *name;
    if (!PyArg_ParseTuple(args, "O&:if_nametoindex", PyUnicode_FSConverter, &name))
        return NULL;
    unsigned index = if_nametoindex(PyBytes_AS_STRING(name));
    if (index != 0)
        return PyLong_FromUnsignedLong(index);
    PyErr_SetString(PyExc_OSError, "no interface with this name");
    return NULL;
}

static PyObject *
names_if_indextoname(PyObject *Py_UNUSED(module), PyObject *arg)
{
    char name[IF_NAMESIZE];
    unsigned long index = PyLong_AsUnsignedLong(arg);
    if (index == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    if (index > UINT_MAX) {
        errno = ENXIO;
        return socket_error();
    }
    return if_indextoname((unsigned)index, name) == NULL ? socket_error() : PyUnicode_DecodeFSDefault(name);
}

#define KEYWORDS(f) _PyCFunction_CAST(f), METH_VARARGS | METH_KEYWORDS
PyMethodDef socket_name_functions[] = {
    {"gethostname", names_gethostname, METH_NOARGS, "This host's name."},
    {"sethostname", names_sethostname, METH_VARARGS, "Set this host's name."},
    {"getaddrinfo", KEYWORDS(names_getaddrinfo), "Addresses of a host and service."},
    {"getnameinfo", names_getnameinfo, METH_VARARGS, "(host, service) of an address."},
    {"gethostbyname", names_gethostbyname, METH_VARARGS, "The IPv4 address of a host."},
    {"gethostbyname_ex", names_gethostbyname_ex, METH_VARARGS, "(name, aliases, IPv4 addresses) of a host."},
    {"gethostbyaddr", names_gethostbyaddr, METH_VARARGS, "(name, aliases, addresses) of a host by its address."},
    {"getservbyname", names_getservbyname, METH_VARARGS, "The port of a service."},
    {"getservbyport", names_getservbyport, METH_VARARGS, "The service at a port."},
    {"getprotobyname", names_getprotobyname, METH_VARARGS, "The number of a protocol."},
    {"ntohs", names_ntohs, METH_VARARGS, "16 bits from network to host order."},
    {"htons", names_htons, METH_VARARGS, "16 bits from host to network order."},
    {"ntohl", names_swap_long, METH_O, "32 bits from network to host order."},
    {"htonl", names_swap_long, METH_O, "32 bits from host to network order."},
    {"inet_aton", names_inet_aton, METH_VARARGS, "IPv4 text, also with fewer dots, as 4 bytes."},
    {"inet_ntoa", names_inet_ntoa, METH_VARARGS, "4 bytes as IPv4 text."},
    {"inet_pton", names_inet_pton, METH_VARARGS, "IP text of a family as bytes."},
    {"inet_ntop", names_inet_ntop, METH_VARARGS, "Bytes as IP text of a family."},
    {"if_nameindex", names_if_nameindex, METH_NOARGS, "All interfaces: (index, name)."},
    {"if_nametoindex", names_if_nametoindex, METH_VARARGS, "An interface's index."},
    {"if_indextoname", names_if_indextoname, METH_O, "An interface's name."},
    {0},
};
