/* socket_module.h: what the files of module _socket share.
 *
 *   _socket.c            the module: constants, errors, functions on descriptors
 *   socket_object.c      the type: making, closing, options, addresses of its ends
 *   socket_io.c          waiting with time-outs; connect, accept, send and receive
 *   socket_message.c     sendmsg and recvmsg
 *   socket_address.c     Python's addresses and the kernel's
 *   socket_names.c       names and numbers of hosts, services and interfaces
 *   socket_constants.c   the table of constants */
#ifndef GCRT_SOCKET_MODULE_H
#define GCRT_SOCKET_MODULE_H
#include "time_module.h"

#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct {
    PyObject_HEAD
    int fd; /* -1: closed or not yet open */
    int family, type, proto;
    int64_t timeout; /* ns; 0: never wait; -1: wait for ever */
} socket_object;

/* An address of any family, with its size. */
typedef struct {
    union {
        struct sockaddr sa;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_nl nl;
        struct sockaddr_ll ll;
        struct sockaddr_storage any;
    };
    socklen_t size;
} socket_address;

extern PyTypeObject socket_type;
extern PyObject *socket_herror, *socket_gaierror;
extern int64_t socket_default_timeout;
extern PyMethodDef socket_name_functions[];
extern PyMethodDef socket_io_methods[], socket_message_methods[];

PyObject *socket_error(void);
/* Close a descriptor: None, or NULL with OSError. */
PyObject *socket_close_fd(int fd);
int socket_add_constants(PyObject *module);
/* A socket object over a descriptor; takes it over also when it fails. */
PyObject *socket_wrap(PyTypeObject *type, int fd, int family, int kind, int proto);
/* An argument for setdefaulttimeout and settimeout: None, or seconds that are not negative. */
int socket_parse_timeout(PyObject *arg, int64_t *ns);

/* An empty address of the socket's family, for the kernel to fill. */
int socket_address_clear(const socket_object *self, socket_address *address);
/* Python's address for the socket's family; `caller` is for messages. */
int socket_address_parse(const socket_object *self, PyObject *arg, socket_address *address, const char *caller);
PyObject *socket_address_object(const struct sockaddr *sa, socklen_t size);
/* Look a host up; size is set to that of the family found.  0, or -1 with an exception. */
int socket_resolve(const char *host, int family, socket_address *address);
PyObject *socket_ip_text(const struct sockaddr *sa);
PyObject *socket_set_gaierror(int code);
/* PyArg "O&" converter: None, str (IDNA when it is not ASCII) or bytes as a host's name. */
typedef struct {
    const char *name; /* NULL: None */
    PyObject *bytes;  /* keeps it alive */
} socket_host;
int socket_host_converter(PyObject *arg, void *host);

/* One try of a system call on a socket: its result, -1 with errno. */
typedef ssize_t (*socket_attempt)(int fd, void *data);
/* Try until it succeeds, the socket's time-out allowing; `events` are poll(2)'s that it waits for.  `deadline`: NULL, or
 * when the time-out of several calls ends.  The result, or -1 with an exception. */
ssize_t socket_call(socket_object *self, short events, socket_attempt attempt, void *data, const int64_t *deadline);
#endif
