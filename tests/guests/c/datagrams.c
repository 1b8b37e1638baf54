/*
 * datagrams HOST PORT LENGTH...: sends a datagram of each length to a server that returns it, with sendto and with connect, and
 * compares every byte.
 */
#include <pollux/wasi-sockets.h>
#include <stdio.h>
#include <unistd.h>

static unsigned char sent[1 << 17], back[1 << 17];

/* Bytes that differ between lengths and offsets. */
static void fill(size_t length) {
  for (size_t at = 0; at < length; at++) sent[at] = (unsigned char)(at * 31 + (at >> 8) + length);
}

static int check(const char *how, size_t length, ssize_t count) {
  if (count < 0) return printf("%s %zu: %s\n", how, length, strerror(errno));
  if ((size_t)count != length || memcmp(sent, back, length) != 0) return printf("%s %zu: not the same\n", how, length);
  return printf("%s %zu: the same\n", how, length);
}

static int is_server(const struct sockaddr_storage *from, socklen_t length, const struct addrinfo *server) {
  return length == server->ai_addrlen && memcmp(from, server->ai_addr, length) == 0;
}

int main(int argc, char **argv) {
  struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *server;
  int error = argc > 2 ? getaddrinfo(argv[1], argv[2], &hints, &server) : EAI_NONAME;
  if (error != 0) return printf("getaddrinfo: %s\n", gai_strerror(error)), 1;
  int fd = socket(server->ai_family, server->ai_socktype, server->ai_protocol);
  for (int index = 3; index < argc; index++) {
    size_t length = strtoul(argv[index], NULL, 10);
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    fill(length);
    ssize_t count = sendto(fd, sent, length, MSG_NOSIGNAL, server->ai_addr, server->ai_addrlen);
    if (count >= 0) count = recvfrom(fd, back, sizeof back, 0, (struct sockaddr *)&from, &size);
    if (count >= 0 && !is_server(&from, size, server)) puts("from another peer");
    check("sendto", length, count);
  }
  if (connect(fd, server->ai_addr, server->ai_addrlen) != 0) return perror("connect"), 1;
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0 || !is_server(&peer, size, server)) puts("another peer");
  for (int index = 3; index < argc; index++) {
    size_t length = strtoul(argv[index], NULL, 10);
    fill(length);
    ssize_t count = send(fd, sent, length, 0);
    if (count >= 0) count = recvfrom(fd, back, sizeof back, 0, NULL, NULL);
    check("send", length, count);
  }
  freeaddrinfo(server);
  return close(fd);
}
