/* socket_address.c: addresses, as Python writes them and as the kernel does. */
#include "socket_module.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>

/* ------------------------------------------------------------------ hosts */

PyObject *
socket_set_gaierror(int code)
{
    if (code == EAI_SYSTEM)
        return socket_error();
    PyObject *value = Py_BuildValue("(is)", code, gai_strerror(code));
    if (value != NULL)
        PyErr_SetObject(socket_gaierror, value);
    return NULL;
}

int
socket_host_converter(PyObject *arg, void *out)
{
    socket_host *host = out;
    *host = (socket_host){0};
    if (arg == Py_None)
        return 1;
    if (PyUnicode_Check(arg))
        host->bytes = PyUnicode_IS_ASCII(arg) ? PyUnicode_AsASCIIString(arg)
                                              : PyUnicode_AsEncodedString(arg, "idna", NULL);
    else if (PyBytes_Check(arg))
        host->bytes = arg;
    else if (PyByteArray_Check(arg))
        host->bytes = PyBytes_FromObject(arg);
    else
        PyErr_Format(PyExc_TypeError, "str, bytes or bytearray expected, not %s", Py_TYPE(arg)->tp_name);
    if (host->bytes == NULL)
        return 0;
    host->name = PyBytes_AS_STRING(host->bytes);
    if (strlen(host->name) != (size_t)PyBytes_GET_SIZE(host->bytes)) {
        PyErr_SetString(PyExc_TypeError, "host name must not contain null character");
        return 0;
    }
    return 1;
}

/* The first answer of getaddrinfo; with `only` set there must be no other. */
static int
look_up(const char *host, const char *service, const struct addrinfo *hints, int only, socket_address *address)
{
    struct addrinfo *found = NULL;
    int code;
    Py_BEGIN_ALLOW_THREADS
    code = getaddrinfo(host, service, hints, &found);
    Py_END_ALLOW_THREADS
    if (code != 0) {
        socket_set_gaierror(code);
        return -1;
    }
    int several = only && found->ai_next != NULL;
    address->size = Py_MIN(found->ai_addrlen, (socklen_t)sizeof address->any);
    memcpy(&address->any, found->ai_addr, address->size);
    freeaddrinfo(found);
    if (several)
        PyErr_SetString(PyExc_OSError, "wildcard resolved to multiple address");
    return several ? -1 : 0;
}

int
socket_resolve(const char *host, int family, socket_address *address)
{
    *address = (socket_address){0};
    if (host[0] == '\0') {
        struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE};
        return look_up(NULL, "0", &hints, 1, address);
    }
    if (strcmp(host, "255.255.255.255") == 0 || strcmp(host, "<broadcast>") == 0) {
        if (family != AF_INET && family != AF_UNSPEC) {
            PyErr_SetString(PyExc_OSError, "address family mismatched");
            return -1;
        }
        address->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = INADDR_BROADCAST};
        address->size = sizeof address->in;
        return 0;
    }
    /* Numbers need no resolver, which may read files and ask servers. */
    if (family != AF_INET6 && inet_pton(AF_INET, host, &address->in.sin_addr) > 0) {
        address->in.sin_family = AF_INET;
        address->size = sizeof address->in;
        return 0;
    }
    if (family != AF_INET && strchr(host, '%') == NULL && inet_pton(AF_INET6, host, &address->in6.sin6_addr) > 0) {
        address->in6.sin6_family = AF_INET6;
        address->size = sizeof address->in6;
        return 0;
    }
    struct addrinfo hints = {.ai_family = family};
    return look_up(host, NULL, &hints, 0, address);
}

/* ------------------------------------------------------------------ to the kernel */

static PyObject *
not_a_tuple(const char *caller, const char *family, PyObject *arg)
{
    return PyErr_Format(PyExc_TypeError, "%s(): %s address must be tuple, not %.500s", caller, family,
                        Py_TYPE(arg)->tp_name);
}

/* A port that is no int of 16 bits has a message of its own. */
static int
check_port(int parsed, int port, const char *caller)
{
    if (!parsed && !PyErr_ExceptionMatches(PyExc_OverflowError))
        return -1;
    if (parsed && port >= 0 && port <= 0xffff)
        return 0;
    PyErr_Format(PyExc_OverflowError, "%s(): port must be 0-65535.", caller);
    return -1;
}

static int
parse_inet(PyObject *arg, socket_address *address, const char *caller)
{
    socket_host host = {0};
    int port = 0;
    if (!PyTuple_Check(arg)) {
        not_a_tuple(caller, "AF_INET", arg);
        return -1;
    }
    int parsed = PyArg_ParseTuple(arg, "O&i;AF_INET address must be a pair (host, port)", socket_host_converter, &host,
                                  &port);
    if (check_port(parsed, port, caller) < 0 || socket_resolve(host.name ? host.name : "", AF_INET, address) < 0)
        return -1;
    address->in.sin_port = htons((uint16_t)port);
    return 0;
}

static int
parse_inet6(PyObject *arg, socket_address *address, const char *caller)
{
    socket_host host = {0};
    int port = 0;
    unsigned flow = 0, scope = 0;
    if (!PyTuple_Check(arg)) {
        not_a_tuple(caller, "AF_INET6", arg);
        return -1;
    }
    int parsed = PyArg_ParseTuple(arg, "O&i|II;AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])",
                                  socket_host_converter, &host, &port, &flow, &scope);
    if (check_port(parsed, port, caller) < 0)
        return -1;
    if (flow > 0xfffff) {
        PyErr_Format(PyExc_OverflowError, "%s(): flowinfo must be 0-1048575.", caller);
        return -1;
    }
    if (socket_resolve(host.name ? host.name : "", AF_INET6, address) < 0)
        return -1;
    address->in6.sin6_port = htons((uint16_t)port);
    address->in6.sin6_flowinfo = htonl(flow);
    if (PyTuple_GET_SIZE(arg) > 3 || address->in6.sin6_scope_id == 0)
        address->in6.sin6_scope_id = scope;
    return 0;
}

/* A path; Linux's abstract names start with a null byte and are as long as they are. */
static int
parse_unix(PyObject *arg, socket_address *address)
{
    PyObject *path = PyUnicode_Check(arg) ? PyUnicode_EncodeFSDefault(arg) : arg;
    Py_buffer view;
    if (path == NULL || PyObject_GetBuffer(path, &view, PyBUF_SIMPLE) < 0)
        return -1;
    size_t size = (size_t)view.len, room = sizeof address->un.sun_path;
    int abstract = size == 0 || *(const char *)view.buf == '\0';
    int fits = abstract ? size <= room : size < room;
    if (fits) {
        address->un.sun_family = AF_UNIX;
        memcpy(address->un.sun_path, view.buf, size);
        address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + !abstract);
    } else {
        PyErr_SetString(PyExc_OSError, "AF_UNIX path too long");
    }
    PyBuffer_Release(&view);
    return fits ? 0 : -1;
}

static int
parse_netlink(PyObject *arg, socket_address *address, const char *caller)
{
    unsigned pid, groups;
    if (!PyTuple_Check(arg)) {
        not_a_tuple(caller, "AF_NETLINK", arg);
        return -1;
    }
    if (!PyArg_ParseTuple(arg, "II;AF_NETLINK address must be a pair (pid, groups)", &pid, &groups))
        return -1;
    address->nl = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = pid, .nl_groups = groups};
    address->size = sizeof address->nl;
    return 0;
}

static int
parse_packet(PyObject *arg, socket_address *address, const char *caller)
{
    const char *interface;
    int proto, kind = 0, hardware = 0;
    Py_buffer where = {0};
    if (!PyTuple_Check(arg)) {
        not_a_tuple(caller, "AF_PACKET", arg);
        return -1;
    }
    if (!PyArg_ParseTuple(arg,
                          "si|iiy*;AF_PACKET address must be a tuple of two to five elements "
                          "(ifname, proto[, pkttype[, hatype[, addr]]])",
                          &interface, &proto, &kind, &hardware, &where))
        return -1;
    int index = (int)if_nametoindex(interface), failed = errno;
    if (where.len > (Py_ssize_t)sizeof address->ll.sll_addr)
        PyErr_SetString(PyExc_ValueError, "hardware address must be 8 bytes or less");
    else if (proto < 0 || proto > 0xffff)
        PyErr_Format(PyExc_OverflowError, "%s(): proto must be 0-65535.", caller);
    else if (index == 0) {
        errno = failed;
        socket_error();
    } else {
        address->ll = (struct sockaddr_ll){.sll_family = AF_PACKET,
                                           .sll_protocol = htons((uint16_t)proto),
                                           .sll_ifindex = index,
                                           .sll_hatype = (unsigned short)hardware,
                                           .sll_pkttype = (unsigned char)kind,
                                           .sll_halen = (unsigned char)where.len};
        if (where.len > 0)
            memcpy(address->ll.sll_addr, where.buf, (size_t)where.len);
        address->size = sizeof address->ll;
    }
    if (where.obj != NULL)
        PyBuffer_Release(&where);
    return PyErr_Occurred() ? -1 : 0;
}

int
socket_address_parse(const socket_object *self, PyObject *arg, socket_address *address, const char *caller)
{
    *address = (socket_address){0};
    switch (self->family) {
    case AF_INET:
    case AF_RDS: return parse_inet(arg, address, caller);
    case AF_INET6: return parse_inet6(arg, address, caller);
    case AF_UNIX: return parse_unix(arg, address);
    case AF_NETLINK: return parse_netlink(arg, address, caller);
    case AF_PACKET: return parse_packet(arg, address, caller);
    default: PyErr_Format(PyExc_OSError, "%s(): bad family", caller); return -1;
    }
}

/* ------------------------------------------------------------------ from the kernel */

int
socket_address_clear(const socket_object *self, socket_address *address)
{
    static const struct {
        int family;
        socklen_t size;
    } sizes[] = {
        {AF_INET, sizeof(struct sockaddr_in)},    {AF_RDS, sizeof(struct sockaddr_in)},
        {AF_INET6, sizeof(struct sockaddr_in6)},  {AF_UNIX, sizeof(struct sockaddr_un)},
        {AF_NETLINK, sizeof(struct sockaddr_nl)}, {AF_PACKET, sizeof(struct sockaddr_ll)},
    };
    memset(address, 0, sizeof *address);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(sizes); i++)
        if (sizes[i].family == self->family) {
            address->size = sizes[i].size;
            return 0;
        }
    PyErr_SetString(PyExc_OSError, "getsockaddrlen: bad family");
    return -1;
}

PyObject *
socket_ip_text(const struct sockaddr *sa)
{
    char text[INET6_ADDRSTRLEN];
    const void *bits = sa->sa_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr
                                                 : &((const struct sockaddr_in *)sa)->sin_addr;
    if (inet_ntop(sa->sa_family, bits, text, sizeof text) == NULL)
        return socket_error();
    return PyUnicode_FromString(text);
}

static PyObject *
unix_object(const struct sockaddr_un *un, socklen_t size)
{
    Py_ssize_t length = (Py_ssize_t)size - (Py_ssize_t)offsetof(struct sockaddr_un, sun_path);
    if (length > 0 && un->sun_path[0] == '\0')
        return PyBytes_FromStringAndSize(un->sun_path, length);
    /* The kernel need not end a path of full length. */
    size_t known = length <= 0 ? 0 : strnlen(un->sun_path, (size_t)length);
    return PyUnicode_DecodeFSDefaultAndSize(un->sun_path, (Py_ssize_t)known);
}

static PyObject *
packet_object(const struct sockaddr_ll *ll)
{
    char name[IF_NAMESIZE] = "";
    if (ll->sll_ifindex != 0)
        if_indextoname((unsigned)ll->sll_ifindex, name);
    return Py_BuildValue("sHBHy#", name, ntohs(ll->sll_protocol), ll->sll_pkttype, ll->sll_hatype, ll->sll_addr,
                         (Py_ssize_t)ll->sll_halen);
}

PyObject *
socket_address_object(const struct sockaddr *sa, socklen_t size)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
    const struct sockaddr_nl *nl = (const struct sockaddr_nl *)sa;
    if (size == 0)
        Py_RETURN_NONE;
    switch (sa->sa_family) {
    case AF_INET: return Py_BuildValue("(Ni)", socket_ip_text(sa), ntohs(in->sin_port));
    case AF_INET6:
        return Py_BuildValue("(NiII)", socket_ip_text(sa), ntohs(in6->sin6_port), ntohl(in6->sin6_flowinfo),
                             in6->sin6_scope_id);
    case AF_UNIX: return unix_object((const struct sockaddr_un *)sa, size);
    case AF_NETLINK: return Py_BuildValue("(II)", nl->nl_pid, nl->nl_groups);
    case AF_PACKET: return packet_object((const struct sockaddr_ll *)sa);
    default: return Py_BuildValue("(iy#)", sa->sa_family, sa->sa_data, (Py_ssize_t)sizeof sa->sa_data);
    }
}
