/* lookups [NAME SERVICE FLAGS FAMILY TYPE]...: prints what getaddrinfo finds; FLAGS are letters, FAMILY 0, 4 or 6, TYPE "", "tcp" or "udp". */
#include <arpa/inet.h>
#include <pollux/wasi-sockets.h>
#include <stdio.h>

static int flags(const char *letters) {
  int all = 0;
  for (; *letters != 0; letters++) {
    all |= *letters == 'p' ? AI_PASSIVE : *letters == 'c' ? AI_CANONNAME : *letters == 'h' ? AI_NUMERICHOST : AI_NUMERICSERV;
  }
  return all;
}

static void print(const struct addrinfo *found) {
  char text[INET6_ADDRSTRLEN];
  const char *type = found->ai_socktype == SOCK_STREAM && found->ai_protocol == IPPROTO_TCP ? "tcp" : "udp";
  if (found->ai_family == AF_INET) {
    const struct sockaddr_in *in = (const void *)found->ai_addr;
    printf(" %s %s:%d", type, inet_ntop(AF_INET, &in->sin_addr, text, sizeof text), ntohs(in->sin_port));
  } else {
    const struct sockaddr_in6 *in6 = (const void *)found->ai_addr;
    printf(" %s [%s]:%d", type, inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text), ntohs(in6->sin6_port));
  }
  if (found->ai_canonname != NULL) printf(" (%s)", found->ai_canonname);
}

int main(int argc, char **argv) {
  for (int at = 1; at + 4 < argc; at += 5) {
    const char *node = argv[at][0] == 0 ? NULL : argv[at], *service = argv[at + 1][0] == 0 ? NULL : argv[at + 1];
    struct addrinfo hints = {.ai_flags = flags(argv[at + 2])}, *results;
    hints.ai_family = argv[at + 3][0] == '4' ? AF_INET : argv[at + 3][0] == '6' ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = argv[at + 4][0] == 't' ? SOCK_STREAM : argv[at + 4][0] == 'u' ? SOCK_DGRAM : 0;
    int error = getaddrinfo(node, service, &hints, &results);
    printf("%s:", argv[at]);
    if (error != 0) {
      printf(" %s\n", gai_strerror(error));
      continue;
    }
    for (const struct addrinfo *found = results; found != NULL; found = found->ai_next) print(found);
    freeaddrinfo(results);
    puts("");
  }
  return 0;
}
