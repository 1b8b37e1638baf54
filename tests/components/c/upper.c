// A filter that knows whether it waits: upper-cases its standard input, and counts the turns in which poll has found nothing.
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  const char *greeting = getenv("GREETING");
  printf("%s, %s\n", greeting == NULL ? "nothing" : greeting, arguments[1]);
  fflush(stdout);
  FILE *copy = fopen(arguments[2], "w");
  if (copy == NULL) {
    fprintf(stderr, "%s: %s\n", arguments[2], strerror(errno));
    return 1;
  }
  double start = now();
  int quiet = 0;
  for (;;) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int ready = poll(&input, 1, 20);
    if (ready < 0) return 1;
    if (ready == 0) {
      quiet++;
      continue;
    }
    char bytes[1024];
    ssize_t length = read(STDIN_FILENO, bytes, sizeof bytes);
    if (length < 0) return 1;
    if (length == 0) break;
    for (ssize_t at = 0; at < length; at++) bytes[at] = toupper(bytes[at]);
    fwrite(bytes, 1, length, stdout);
    fflush(stdout);
    fwrite(bytes, 1, length, copy);
  }
  if (fclose(copy) != 0) return 1;
  // Each of them has taken its time.
  if (now() - start < quiet * 0.02) return 1;
  printf("%s\n", quiet > 0 ? "waited" : "never waited");
  return 0;
}
