/*
 * Sockets for C and C++ programs under `pollux run`: socket, bind, listen, accept, connect, getsockname, getpeername,
 * getsockopt, setsockopt, sendto, recvfrom, getaddrinfo, freeaddrinfo and gai_strerror.
 *
 *     cc --target=wasm32-wasip1 -I node_modules/pollux/include ...
 *     #include <pollux/wasi-sockets.h>
 *
 * WASI preview1 accepts connections, and opens none. Therefore wasi-libc has send, recv, shutdown and poll, but no socket and no
 * connect. This header defines the missing functions over WasmEdge's calls, by their names of version 2. The numbers of options,
 * flags and errors are wasi-libc's, and Linux's where wasi-libc has none.
 *
 * Differences from Linux:
 *
 *   - The host must grant an address or a name: `pollux run --connect example.org:443`, `--bind 127.0.0.1:8080`. Otherwise
 *     connect, bind and sendto fail with EACCES, and getaddrinfo returns EAI_SYSTEM with errno EACCES. `--verbose` prints what would
 *     grant it.
 *   - Families are AF_INET and AF_INET6. An address has no scope id.
 *   - getaddrinfo returns one entry for each address. Without a socket type in the hints, the type is SOCK_STREAM, unless the
 *     service has only datagrams. ai_canonname is the name that was asked for.
 *   - There are no signals, so MSG_NOSIGNAL is 0.
 *
 * The functions are weak definitions: several files of a program can include the header, and the ones that wasi-libc has too
 * (accept, accept4, getsockopt) replace those.
 */
#ifndef POLLUX_WASI_SOCKETS_H
#define POLLUX_WASI_SOCKETS_H

#if !defined(__wasi__)
#error "pollux/wasi-sockets.h is for WASI: compile with --target=wasm32-wasip1"
#endif

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <wasi/api.h>

#if defined(__has_include)
#if __has_include(<netdb.h>)
#include <netdb.h>
#endif
#endif

/* What wasi-libc leaves out, with Linux's numbers. */
#ifndef SO_REUSEADDR
#define SO_REUSEADDR 2
#endif
#ifndef SO_ERROR
#define SO_ERROR 4
#endif
#ifndef SO_BROADCAST
#define SO_BROADCAST 6
#endif
#ifndef SO_SNDBUF
#define SO_SNDBUF 7
#endif
#ifndef SO_RCVBUF
#define SO_RCVBUF 8
#endif
#ifndef SO_KEEPALIVE
#define SO_KEEPALIVE 9
#endif
#ifndef SO_LINGER
#define SO_LINGER 13
#endif
#ifndef SO_ACCEPTCONN
#define SO_ACCEPTCONN 30
#endif
#ifndef SO_RCVTIMEO
#define SO_RCVTIMEO 66
#endif
#ifndef SO_SNDTIMEO
#define SO_SNDTIMEO 67
#endif
#ifndef SOMAXCONN
#define SOMAXCONN 128
#endif
#ifndef TCP_NODELAY
#define TCP_NODELAY 1
#endif
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

#ifndef AI_PASSIVE
struct addrinfo {
  int ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
  socklen_t ai_addrlen;
  struct sockaddr *ai_addr;
  char *ai_canonname;
  struct addrinfo *ai_next;
};
#define AI_PASSIVE 0x01
#define AI_CANONNAME 0x02
#define AI_NUMERICHOST 0x04
#define AI_V4MAPPED 0x08
#define AI_ALL 0x10
#define AI_ADDRCONFIG 0x20
#define AI_NUMERICSERV 0x400
#define EAI_BADFLAGS -1
#define EAI_NONAME -2
#define EAI_AGAIN -3
#define EAI_FAIL -4
#define EAI_FAMILY -6
#define EAI_SOCKTYPE -7
#define EAI_SERVICE -8
#define EAI_MEMORY -10
#define EAI_SYSTEM -11
#define EAI_OVERFLOW -12
#endif
#ifndef EAI_NODATA
#define EAI_NODATA -5
#endif
#ifndef EAI_ADDRFAMILY
#define EAI_ADDRFAMILY -9
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define POLLUX_WEAK __attribute__((weak))
#define POLLUX_IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

/* The calls, with the records that they take (WasmEdge, thirdparty/wasi/api.hpp). Each returns an errno. */

struct pollux_address {
  uint16_t family;
  uint8_t bytes[126];
};

struct pollux_buffer {
  void *data;
  uint32_t length;
};

struct pollux_sockaddr {
  uint8_t family;
  uint32_t length;
  uint8_t *data;
};

struct pollux_addrinfo {
  uint16_t flags;
  uint8_t family;
  uint8_t type;
  uint8_t protocol;
  uint32_t address_length;
  struct pollux_sockaddr *address;
  char *name;
  uint32_t name_length;
  struct pollux_addrinfo *next;
};

static_assert(sizeof(struct pollux_address) == 128, "an address");
static_assert(sizeof(struct pollux_sockaddr) == 12, "a sockaddr");
static_assert(sizeof(struct pollux_addrinfo) == 28, "an addrinfo");
static_assert(sizeof(struct timeval) == 16, "a timeval of two 64-bit numbers");

uint32_t pollux_sock_open(uint32_t family, uint32_t type, int32_t *fd) POLLUX_IMPORT("sock_open_v2");
uint32_t pollux_sock_bind(int32_t fd, const struct pollux_buffer *address, uint32_t port) POLLUX_IMPORT("sock_bind_v2");
uint32_t pollux_sock_listen(int32_t fd, uint32_t backlog) POLLUX_IMPORT("sock_listen_v2");
uint32_t pollux_sock_connect(int32_t fd, const struct pollux_buffer *address, uint32_t port)
    POLLUX_IMPORT("sock_connect_v2");
uint32_t pollux_sock_getlocaladdr(int32_t fd, const struct pollux_buffer *address, uint32_t *port)
    POLLUX_IMPORT("sock_getlocaladdr_v2");
uint32_t pollux_sock_getpeeraddr(int32_t fd, const struct pollux_buffer *address, uint32_t *port)
    POLLUX_IMPORT("sock_getpeeraddr_v2");
uint32_t pollux_sock_getsockopt(int32_t fd, int32_t level, int32_t name, void *value, uint32_t *length)
    POLLUX_IMPORT("sock_getsockopt");
uint32_t pollux_sock_setsockopt(int32_t fd, int32_t level, int32_t name, const void *value, uint32_t length)
    POLLUX_IMPORT("sock_setsockopt");
uint32_t pollux_sock_send_to(int32_t fd, const struct pollux_buffer *data, uint32_t count,
                             const struct pollux_buffer *address, uint32_t port, uint32_t flags, uint32_t *sent)
    POLLUX_IMPORT("sock_send_to_v2");
uint32_t pollux_sock_recv_from(int32_t fd, const struct pollux_buffer *data, uint32_t count,
                               const struct pollux_buffer *address, uint32_t flags, uint16_t *port, uint32_t *received,
                               uint16_t *result_flags) POLLUX_IMPORT("sock_recv_from_v2");
uint32_t pollux_sock_getaddrinfo(const char *node, uint32_t node_length, const char *service, uint32_t service_length,
                                 const struct pollux_addrinfo *hints, struct pollux_addrinfo **results,
                                 uint32_t most, uint32_t *count) POLLUX_IMPORT("sock_getaddrinfo");

enum {
  POLLUX_INET4 = 1,
  POLLUX_INET6 = 2,
  POLLUX_DATAGRAM = 1,
  POLLUX_STREAM = 2,
  POLLUX_TCP = 1,
  POLLUX_UDP = 2,
  /* Results of one lookup. */
  POLLUX_MAX_ADDRESSES = 32
};

/* Returns 0, or -1 with errno. */
static inline int pollux_result(uint32_t error) {
  if (error == 0) return 0;
  errno = (int)error;
  return -1;
}

/* Addresses. */

/* Copies a socket address to `to`, and its port to `port`. Returns an errno. */
static inline uint32_t pollux_from_sockaddr(const struct sockaddr *from, socklen_t length, struct pollux_address *to,
                                            uint32_t *port) {
  memset(to, 0, sizeof *to);
  if (from == NULL) return EFAULT;
  if (length < sizeof from->sa_family) return EINVAL;
  if (from->sa_family == AF_INET) {
    struct sockaddr_in in;
    const size_t needed = offsetof(struct sockaddr_in, sin_addr) + sizeof in.sin_addr;
    if (length < needed) return EINVAL;
    memcpy(&in, from, needed);
    to->family = POLLUX_INET4;
    memcpy(to->bytes, &in.sin_addr, sizeof in.sin_addr);
    *port = ntohs(in.sin_port);
    return 0;
  }
  if (from->sa_family == AF_INET6) {
    struct sockaddr_in6 in6;
    const size_t needed = offsetof(struct sockaddr_in6, sin6_addr) + sizeof in6.sin6_addr;
    if (length < needed) return EINVAL;
    memcpy(&in6, from, needed);
    to->family = POLLUX_INET6;
    memcpy(to->bytes, &in6.sin6_addr, sizeof in6.sin6_addr);
    *port = ntohs(in6.sin6_port);
    return 0;
  }
  return EAFNOSUPPORT;
}

/* Writes a socket address, cut to the length that `length` points to, and then its whole length there. */
static inline void pollux_to_sockaddr(const struct pollux_address *from, uint32_t port, struct sockaddr *to,
                                      socklen_t *length) {
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } address;
  socklen_t size = sizeof address.any.sa_family;
  memset(&address, 0, sizeof address);
  if (from->family == POLLUX_INET4) {
    size = sizeof address.in;
    address.in.sin_family = AF_INET;
    address.in.sin_port = htons((uint16_t)port);
    memcpy(&address.in.sin_addr, from->bytes, sizeof address.in.sin_addr);
  } else if (from->family == POLLUX_INET6) {
    size = sizeof address.in6;
    address.in6.sin6_family = AF_INET6;
    address.in6.sin6_port = htons((uint16_t)port);
    memcpy(&address.in6.sin6_addr, from->bytes, sizeof address.in6.sin6_addr);
  } else {
    address.any.sa_family = from->family == 3 ? AF_UNIX : AF_UNSPEC;
  }
  memcpy(to, &address, *length < size ? *length : size);
  *length = size;
}

typedef uint32_t pollux_name_call(int32_t fd, const struct pollux_buffer *address, uint32_t *port);

static inline int pollux_name(pollux_name_call *call, int fd, struct sockaddr *to, socklen_t *length) {
  struct pollux_address address;
  const struct pollux_buffer buffer = {&address, sizeof address};
  uint32_t port = 0;
  const uint32_t error = call(fd, &buffer, &port);
  if (error == 0) pollux_to_sockaddr(&address, port, to, length);
  return pollux_result(error);
}

/* Sockets. */

/* socket(2): SOCK_STREAM or SOCK_DGRAM, with SOCK_NONBLOCK and SOCK_CLOEXEC. */
POLLUX_WEAK int socket(int domain, int type, int protocol) {
  const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  int32_t fd = -1;
  if (domain != AF_INET && domain != AF_INET6) return pollux_result(EAFNOSUPPORT);
  if (kind != SOCK_STREAM && kind != SOCK_DGRAM) return pollux_result(EPROTOTYPE);
  if (protocol != 0 && protocol != (kind == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP)) {
    return pollux_result(EPROTONOSUPPORT);
  }
  if (pollux_result(pollux_sock_open(domain == AF_INET ? POLLUX_INET4 : POLLUX_INET6,
                                     kind == SOCK_STREAM ? POLLUX_STREAM : POLLUX_DATAGRAM, &fd)) != 0) {
    return -1;
  }
  if ((type & SOCK_NONBLOCK) != 0) (void)fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

/* bind(2) */
POLLUX_WEAK int bind(int fd, const struct sockaddr *address, socklen_t length) {
  struct pollux_address name;
  const struct pollux_buffer buffer = {&name, sizeof name};
  uint32_t port = 0;
  const uint32_t error = pollux_from_sockaddr(address, length, &name, &port);
  return pollux_result(error != 0 ? error : pollux_sock_bind(fd, &buffer, port));
}

/* listen(2) */
POLLUX_WEAK int listen(int fd, int backlog) {
  return pollux_result(pollux_sock_listen(fd, (uint32_t)backlog));
}

/* accept4(2): SOCK_NONBLOCK, SOCK_CLOEXEC. `address` can be NULL. */
POLLUX_WEAK int accept4(int fd, struct sockaddr *__restrict address, socklen_t *__restrict length, int flags) {
  __wasi_fd_t accepted = -1;
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return pollux_result(EINVAL);
  if (pollux_result(__wasi_sock_accept(fd, (flags & SOCK_NONBLOCK) != 0 ? __WASI_FDFLAGS_NONBLOCK : 0, &accepted)) != 0) {
    return -1;
  }
  /* A peer that has reset the connection has no name any more. */
  if (address != NULL && pollux_name(pollux_sock_getpeeraddr, accepted, address, length) != 0) *length = 0;
  return accepted;
}

/* accept(2) */
POLLUX_WEAK int accept(int fd, struct sockaddr *__restrict address, socklen_t *__restrict length) {
  return accept4(fd, address, length, 0);
}

/* connect(2). A datagram socket can be connected again, to another peer. */
POLLUX_WEAK int connect(int fd, const struct sockaddr *address, socklen_t length) {
  struct pollux_address name;
  const struct pollux_buffer buffer = {&name, sizeof name};
  uint32_t port = 0;
  const uint32_t error = pollux_from_sockaddr(address, length, &name, &port);
  return pollux_result(error != 0 ? error : pollux_sock_connect(fd, &buffer, port));
}

/* getsockname(2) */
POLLUX_WEAK int getsockname(int fd, struct sockaddr *__restrict address, socklen_t *__restrict length) {
  return pollux_name(pollux_sock_getlocaladdr, fd, address, length);
}

/* getpeername(2) */
POLLUX_WEAK int getpeername(int fd, struct sockaddr *__restrict address, socklen_t *__restrict length) {
  return pollux_name(pollux_sock_getpeeraddr, fd, address, length);
}

/* Datagrams. */

/* sendto(2). `flags`: MSG_NOSIGNAL. Without an address, the same as send. */
POLLUX_WEAK ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
                           socklen_t length) {
  struct pollux_address name;
  const struct pollux_buffer to = {&name, sizeof name};
  const struct pollux_buffer from = {(void *)(uintptr_t)data, size};
  uint32_t port = 0;
  uint32_t sent = 0;
  uint32_t error;
  if (address == NULL) return send(fd, data, size, flags);
  if ((flags & ~MSG_NOSIGNAL) != 0) return pollux_result(EOPNOTSUPP);
  error = pollux_from_sockaddr(address, length, &name, &port);
  if (error == 0) error = pollux_sock_send_to(fd, &from, 1, &to, port, 0, &sent);
  return pollux_result(error) != 0 ? -1 : (ssize_t)sent;
}

/* recvfrom(2). `flags`: MSG_PEEK, MSG_WAITALL. Without an address, the same as recv. */
POLLUX_WEAK ssize_t recvfrom(int fd, void *__restrict data, size_t size, int flags, struct sockaddr *__restrict address,
                             socklen_t *__restrict length) {
  struct pollux_address name;
  const struct pollux_buffer from = {&name, sizeof name};
  const struct pollux_buffer to = {data, size};
  uint16_t port = 0;
  uint16_t result_flags = 0;
  uint32_t received = 0;
  uint32_t error;
  if (address == NULL) return recv(fd, data, size, flags);
  if ((flags & ~(MSG_PEEK | MSG_WAITALL)) != 0) return pollux_result(EOPNOTSUPP);
  error = pollux_sock_recv_from(fd, &to, 1, &from, (uint32_t)flags, &port, &received, &result_flags);
  if (error == EISCONN) {
    /* A stream, which gives no address. */
    *length = 0;
    return recv(fd, data, size, flags);
  }
  if (pollux_result(error) != 0) return -1;
  pollux_to_sockaddr(&name, port, address, length);
  return (ssize_t)received;
}

/* Options. */

/* WasmEdge's number of a SOL_SOCKET option, or -1. */
static inline int pollux_option(int name) {
  switch (name) {
    case SO_REUSEADDR: return 0;
    case SO_TYPE: return 1;
    case SO_ERROR: return 2;
    case SO_BROADCAST: return 4;
    case SO_SNDBUF: return 5;
    case SO_RCVBUF: return 6;
    case SO_KEEPALIVE: return 7;
    case SO_LINGER: return 9;
    case SO_RCVTIMEO: return 11;
    case SO_SNDTIMEO: return 12;
    case SO_ACCEPTCONN: return 13;
    default: return -1;
  }
}

/* getsockopt(2): SOL_SOCKET, and TCP_NODELAY at IPPROTO_TCP. A shorter buffer gets the first bytes. */
POLLUX_WEAK int getsockopt(int fd, int level, int name, void *__restrict value, socklen_t *__restrict length) {
  union {
    int number;
    struct linger linger;
    struct timeval time;
  } option;
  uint32_t size = sizeof option.number;
  const int number = level == SOL_SOCKET ? pollux_option(name) : name;
  uint32_t error;
  if (number < 0) return pollux_result(ENOPROTOOPT);
  memset(&option, 0, sizeof option);
  if (level == SOL_SOCKET && name == SO_LINGER) size = sizeof option.linger;
  if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) size = sizeof option.time;
  error = pollux_sock_getsockopt(fd, level == SOL_SOCKET ? 0 : level, number, &option, &size);
  if (pollux_result(error) != 0) return -1;
  if (level == SOL_SOCKET && name == SO_TYPE) {
    option.number = option.number == POLLUX_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM;
  }
  if (size < *length) *length = size;
  memcpy(value, &option, *length);
  return 0;
}

/* setsockopt(2): docs/host.md lists the options that each driver keeps. */
POLLUX_WEAK int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  const int number = level == SOL_SOCKET ? pollux_option(name) : name;
  if (number < 0) return pollux_result(ENOPROTOOPT);
  return pollux_result(pollux_sock_setsockopt(fd, level == SOL_SOCKET ? 0 : level, number, value, length));
}

/* Names. */

/* getaddrinfo's result for an errno of sock_getaddrinfo. */
static inline int pollux_lookup_error(uint32_t error) {
  switch (error) {
    case 77: return EAI_ADDRFAMILY;
    case 78: return EAI_AGAIN;
    case 79: return EAI_BADFLAGS;
    case 80: return EAI_FAIL;
    case 81: return EAI_FAMILY;
    case 82: return EAI_MEMORY;
    case 83: return EAI_NODATA;
    case 84: return EAI_NONAME;
    case 85: return EAI_SERVICE;
    case 86: return EAI_SOCKTYPE;
    default: errno = (int)error; return EAI_SYSTEM;
  }
}

/* The hints as WasmEdge has them. Returns 0 or an error of getaddrinfo. */
static inline int pollux_hints(const struct addrinfo *from, struct pollux_addrinfo *to) {
  memset(to, 0, sizeof *to);
  if (from == NULL) return 0;
  if ((from->ai_flags & AI_PASSIVE) != 0) to->flags |= 1;
  if ((from->ai_flags & AI_CANONNAME) != 0) to->flags |= 2;
  if ((from->ai_flags & AI_NUMERICHOST) != 0) to->flags |= 4;
  if ((from->ai_flags & AI_NUMERICSERV) != 0) to->flags |= 8;
  if (from->ai_family == AF_INET) to->family = POLLUX_INET4;
  else if (from->ai_family == AF_INET6) to->family = POLLUX_INET6;
  else if (from->ai_family != AF_UNSPEC) return EAI_FAMILY;
  if (from->ai_socktype == SOCK_STREAM) to->type = POLLUX_STREAM;
  else if (from->ai_socktype == SOCK_DGRAM) to->type = POLLUX_DATAGRAM;
  else if (from->ai_socktype != 0) return EAI_SOCKTYPE;
  if (from->ai_protocol == IPPROTO_TCP) to->protocol = POLLUX_TCP;
  else if (from->ai_protocol == IPPROTO_UDP) to->protocol = POLLUX_UDP;
  else if (from->ai_protocol != 0) return EAI_SOCKTYPE;
  if ((to->type == POLLUX_STREAM && to->protocol == POLLUX_UDP) ||
      (to->type == POLLUX_DATAGRAM && to->protocol == POLLUX_TCP)) {
    return EAI_SOCKTYPE;
  }
  return 0;
}

/* One result of getaddrinfo, with its address. */
struct pollux_result {
  struct addrinfo info;
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } address;
};

/* The results of one lookup as one block of memory; NULL without memory. `name`: the canonical name, or NULL. */
static inline struct addrinfo *pollux_results(const struct pollux_addrinfo *found, uint32_t count, const char *name) {
  const size_t name_size = name == NULL ? 0 : strlen(name) + 1;
  struct pollux_result *results = (struct pollux_result *)calloc(1, count * sizeof *results + name_size);
  uint32_t index;
  if (results == NULL) return NULL;
  for (index = 0; index < count; index++) {
    struct pollux_result *result = &results[index];
    const uint8_t *data = found[index].address->data;
    uint16_t port;
    memcpy(&port, data, sizeof port);
    if (found[index].family == POLLUX_INET4) {
      result->address.in.sin_family = AF_INET;
      result->address.in.sin_port = port;
      memcpy(&result->address.in.sin_addr, data + 2, 4);
      result->info.ai_addrlen = sizeof result->address.in;
    } else {
      result->address.in6.sin6_family = AF_INET6;
      result->address.in6.sin6_port = port;
      memcpy(&result->address.in6.sin6_addr, data + 6, 16);
      result->info.ai_addrlen = sizeof result->address.in6;
    }
    result->info.ai_family = result->address.any.sa_family;
    result->info.ai_socktype = found[index].type == POLLUX_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM;
    result->info.ai_protocol = found[index].type == POLLUX_DATAGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    result->info.ai_addr = &result->address.any;
    result->info.ai_next = index + 1 < count ? &results[index + 1].info : NULL;
  }
  if (name != NULL) {
    results->info.ai_canonname = (char *)(results + count);
    memcpy(results->info.ai_canonname, name, name_size);
  }
  return &results->info;
}

/* getaddrinfo(3). `*results` is for freeaddrinfo. At most 32 addresses are returned. */
POLLUX_WEAK int getaddrinfo(const char *__restrict node, const char *__restrict service,
                            const struct addrinfo *__restrict hints, struct addrinfo **__restrict results) {
  struct pollux_addrinfo asked;
  struct pollux_addrinfo found[POLLUX_MAX_ADDRESSES];
  struct pollux_sockaddr addresses[POLLUX_MAX_ADDRESSES];
  uint8_t data[POLLUX_MAX_ADDRESSES][26];
  struct pollux_addrinfo *first = found;
  const char *name = NULL;
  uint32_t count = 0;
  uint32_t error;
  int index;
  const int mistake = pollux_hints(hints, &asked);
  *results = NULL;
  if (mistake != 0) return mistake;
  memset(found, 0, sizeof found);
  for (index = 0; index < POLLUX_MAX_ADDRESSES; index++) {
    addresses[index].family = 0;
    addresses[index].length = sizeof data[index];
    addresses[index].data = data[index];
    found[index].address = &addresses[index];
    found[index].next = index + 1 < POLLUX_MAX_ADDRESSES ? &found[index + 1] : NULL;
  }
  error = pollux_sock_getaddrinfo(node, node == NULL ? 0 : (uint32_t)strlen(node), service,
                                  service == NULL ? 0 : (uint32_t)strlen(service), &asked, &first,
                                  POLLUX_MAX_ADDRESSES, &count);
  if (error != 0) return pollux_lookup_error(error);
  if (hints != NULL && (hints->ai_flags & AI_CANONNAME) != 0) name = node;
  *results = pollux_results(found, count, name);
  return *results == NULL ? EAI_MEMORY : 0;
}

/* freeaddrinfo(3) */
POLLUX_WEAK void freeaddrinfo(struct addrinfo *results) {
  free(results);
}

/* gai_strerror(3). EAI_SYSTEM is the message of errno. */
POLLUX_WEAK const char *gai_strerror(int error) {
  switch (error) {
    case 0: return "Success";
    case EAI_ADDRFAMILY: return "Address family for hostname not supported";
    case EAI_AGAIN: return "Temporary failure in name resolution";
    case EAI_BADFLAGS: return "Bad value for ai_flags";
    case EAI_FAIL: return "Non-recoverable failure in name resolution";
    case EAI_FAMILY: return "ai_family not supported";
    case EAI_MEMORY: return "Memory allocation failure";
    case EAI_NODATA: return "No address associated with hostname";
    case EAI_NONAME: return "Name or service not known";
    case EAI_SERVICE: return "Servname not supported for ai_socktype";
    case EAI_SOCKTYPE: return "ai_socktype not supported";
    case EAI_SYSTEM: return strerror(errno);
    default: return "Unknown error";
  }
}

#ifdef __cplusplus
}
#endif

#endif
