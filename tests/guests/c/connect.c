/* connect HOST PORT: sends standard input to a server, then prints its answer. */
#include <pollux/wasi-sockets.h>
#include <stdio.h>
#include <unistd.h>

static int connect_by_name(const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *results;
  int error = getaddrinfo(host, port, &hints, &results);
  if (error != 0) {
    fprintf(stderr, "%s: %s\n", host, gai_strerror(error));
    return -1;
  }
  int fd = -1;
  for (struct addrinfo *result = results; result != NULL; result = result->ai_next) {
    fd = socket(result->ai_family, result->ai_socktype, result->ai_protocol);
    if (fd < 0) break;
    if (connect(fd, result->ai_addr, result->ai_addrlen) == 0) break;
    perror(host);
    close(fd);
    fd = -1;
  }
  freeaddrinfo(results);
  return fd;
}

int main(int argc, char **argv) {
  char buffer[16384];
  ssize_t count;
  int fd = argc == 3 ? connect_by_name(argv[1], argv[2]) : -1;
  if (fd < 0) return 1;
  while ((count = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
    for (ssize_t sent = 0, more; sent < count; sent += more) {
      more = send(fd, buffer + sent, count - sent, 0);
      if (more < 0) return perror("send"), 1;
    }
  }
  shutdown(fd, SHUT_WR);
  while ((count = recv(fd, buffer, sizeof buffer, 0)) > 0) fwrite(buffer, 1, count, stdout);
  if (count < 0) return perror("recv"), 1;
  return close(fd) | fflush(stdout);
}
