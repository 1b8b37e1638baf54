/* own-sockets 4|6: a listener and its client in one program, with names, options, and a connection that is made while it polls. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pollux/wasi-sockets.h>
#include <stdio.h>
#include <unistd.h>

static void must(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

static void print_name(const char *what, const struct sockaddr_storage *name, socklen_t length) {
  char text[INET6_ADDRSTRLEN];
  if (name->ss_family == AF_INET) {
    const struct sockaddr_in *in = (const void *)name;
    printf("%s: %s %d, port %s\n", what, inet_ntop(AF_INET, &in->sin_addr, text, sizeof text), length == sizeof *in, in->sin_port != 0 ? "set" : "0");
  } else {
    const struct sockaddr_in6 *in6 = (const void *)name;
    printf("%s: %s %d, port %s\n", what, inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text), length == sizeof *in6, in6->sin6_port != 0 ? "set" : "0");
  }
}

static int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(fd, level, name, &value, &length) == 0 && length == sizeof value ? value : -errno;
}

int main(int argc, char **argv) {
  int family = argc > 1 && argv[1][0] == '6' ? AF_INET6 : AF_INET;
  struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *local;
  must(getaddrinfo(family == AF_INET ? "127.0.0.1" : "::1", "0", &hints, &local) == 0, "getaddrinfo");

  int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  must(listener >= 0, "socket");
  must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0, "SO_REUSEADDR");
  must(bind(listener, local->ai_addr, local->ai_addrlen) == 0, "bind");
  must(listen(listener, SOMAXCONN) == 0, "listen");
  struct sockaddr_storage name, peer, accepted_peer;
  socklen_t length = sizeof name;
  must(getsockname(listener, (struct sockaddr *)&name, &length) == 0, "getsockname");
  print_name("listener", &name, length);
  printf("accepts: %d, type: %d\n", option(listener, SOL_SOCKET, SO_ACCEPTCONN), option(listener, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);

  int client = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  must(client >= 0, "socket");
  printf("nonblocking: %d\n", (fcntl(client, F_GETFL) & O_NONBLOCK) != 0);
  must(connect(client, (struct sockaddr *)&name, length) == 0 || errno == EINPROGRESS, "connect");
  struct pollfd writable = {.fd = client, .events = POLLOUT};
  must(poll(&writable, 1, -1) == 1, "poll");
  printf("connected: error %d\n", option(client, SOL_SOCKET, SO_ERROR));

  socklen_t peer_length = sizeof accepted_peer;
  int server = accept4(listener, (struct sockaddr *)&accepted_peer, &peer_length, SOCK_NONBLOCK);
  must(server >= 0, "accept4");
  print_name("accepted", &accepted_peer, peer_length);
  printf("accepted is nonblocking: %d\n", (fcntl(server, F_GETFL) & O_NONBLOCK) != 0);
  length = sizeof peer;
  must(getsockname(client, (struct sockaddr *)&peer, &length) == 0, "getsockname");
  printf("the client's name: %d\n", length == peer_length && memcmp(&peer, &accepted_peer, length) == 0);
  length = sizeof peer;
  must(getpeername(client, (struct sockaddr *)&peer, &length) == 0, "getpeername");
  printf("the client's peer: %d\n", memcmp(&peer, &name, length) == 0);

  must(setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){0}, sizeof(int)) == 0, "TCP_NODELAY");
  printf("no delay: %d\n", option(client, IPPROTO_TCP, TCP_NODELAY));
  must(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int)) == 0, "SO_KEEPALIVE");
  printf("keep-alive: %d\n", option(client, SOL_SOCKET, SO_KEEPALIVE));
  printf("buffers: %d\n", option(client, SOL_SOCKET, SO_SNDBUF) > 0 && option(client, SOL_SOCKET, SO_RCVBUF) > 0);
  struct linger linger = {.l_onoff = 1};
  must(setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0, "SO_LINGER");
  length = sizeof linger;
  must(getsockopt(client, SOL_SOCKET, SO_LINGER, &linger, &length) == 0, "SO_LINGER");
  printf("linger: %d %d\n", linger.l_onoff, linger.l_linger);
  printf("unknown: %d\n", option(client, SOL_SOCKET, 12345) == -ENOPROTOOPT && setsockopt(client, SOL_SOCKET, 12345, &(int){1}, 4) != 0);

  must(fcntl(client, F_SETFL, 0) == 0, "fcntl");
  struct timeval timeout = {.tv_usec = 20000};
  must(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0, "SO_RCVTIMEO");
  timeout = (struct timeval){0};
  length = sizeof timeout;
  must(getsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &timeout, &length) == 0, "SO_RCVTIMEO");
  char byte;
  printf("after %d us: %d\n", (int)timeout.tv_usec, recv(client, &byte, 1, 0) < 0 && errno == EAGAIN);
  timeout = (struct timeval){0};
  must(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0, "SO_RCVTIMEO");
  must(send(server, "x", 1, MSG_NOSIGNAL) == 1, "send");
  length = sizeof peer;
  printf("received: %d, without a sender: %d\n", (int)recvfrom(client, &byte, 1, MSG_WAITALL, (struct sockaddr *)&peer, &length), length == 0);


  // A short buffer gets the first bytes, and the whole length.
  length = sizeof peer.ss_family;
  must(getsockname(listener, (struct sockaddr *)&peer, &length) == 0, "getsockname");
  printf("cut: %d\n", length == local->ai_addrlen && peer.ss_family == family);

  struct sockaddr_in bad = {.sin_family = AF_INET};
  printf("mistakes:");
  printf(" %d", socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT);
  printf(" %d", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP) < 0 && errno == EPROTONOSUPPORT);
  printf(" %d", socket(AF_INET, 99, 0) < 0 && errno == EPROTOTYPE);
  int other = socket(AF_INET, SOCK_STREAM, 0);
  printf(" %d", connect(other, (struct sockaddr *)&bad, 4) < 0 && errno == EINVAL);
  bad.sin_family = 77;
  printf(" %d", connect(other, (struct sockaddr *)&bad, sizeof bad) < 0 && errno == EAFNOSUPPORT);
  printf(" %d", getpeername(other, (struct sockaddr *)&peer, &length) < 0 && errno == ENOTCONN);
  printf(" %d", bind(-1, local->ai_addr, local->ai_addrlen) < 0 && errno == EBADF);
  printf(" %d\n", accept(client, NULL, NULL) < 0 && errno != 0);
  freeaddrinfo(local);
  return 0;
}
