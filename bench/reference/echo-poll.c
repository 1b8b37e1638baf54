/*
 * The yardstick of our poll: an echo server on poll(2), one thread, non-blocking sockets.
 *
 *     echo-poll [PORT]        listens on 127.0.0.1; port 0 (the default) lets the system choose
 *
 * As echo-epoll.c has it, save for the wait: an array of all descriptors, which the kernel reads through at every wait, and
 * this program after it, as far as there are ready ones.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVE_BYTES = 64 * 1024 };

/* Entry 0 is the listener. `pending` holds what a client sent and has not taken back: NULL for as long as it reads. */
static struct pollfd *entries;
static struct pending {
    char *bytes;
    size_t start, end;
} *pending;
static size_t count, room;

static char received[RECEIVE_BYTES];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void add(int fd) {
    if (count == room) {
        room = room ? room * 2 : 64;
        entries = realloc(entries, room * sizeof *entries);
        pending = realloc(pending, room * sizeof *pending);
        if (!entries || !pending) die("realloc");
    }
    entries[count] = (struct pollfd){.fd = fd, .events = POLLIN};
    pending[count++] = (struct pending){0};
}

/* The last entry takes the place: whoever goes through the entries looks at that place again. */
static void drop(size_t index) {
    close(entries[index].fd);
    free(pending[index].bytes);
    count--;
    entries[index] = entries[count];
    pending[index] = pending[count];
}

static void accept_all(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) add(fd);
        else if (errno == EAGAIN) return;
        else if (errno != EINTR && errno != ECONNABORTED) die("accept4");
    }
}

/* One recv and one send: what the peer does not take is kept, and until it is gone the interest is POLLOUT alone. */
static int echo(size_t index) {
    int fd = entries[index].fd;
    ssize_t length = recv(fd, received, sizeof received, 0);
    if (length <= 0) return length < 0 && (errno == EAGAIN || errno == EINTR);
    ssize_t sent = send(fd, received, length, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR) return 0;
        sent = 0;
    }
    if (sent == length) return 1;
    char *bytes = malloc(length - sent);
    if (!bytes) die("malloc");
    memcpy(bytes, received + sent, length - sent);
    pending[index] = (struct pending){bytes, 0, length - sent};
    entries[index].events = POLLOUT;
    return 1;
}

static int flush(size_t index) {
    struct pending *rest = &pending[index];
    ssize_t sent = send(entries[index].fd, rest->bytes + rest->start, rest->end - rest->start, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    rest->start += sent;
    if (rest->start < rest->end) return 1;
    free(rest->bytes);
    rest->bytes = NULL;
    entries[index].events = POLLIN;
    return 1;
}

static int listen_on_loopback(unsigned short port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) die("socket");
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* what it accepts inherits it */
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
    if (listen(listener, SOMAXCONN) < 0) die("listen");
    socklen_t size = sizeof address;
    if (getsockname(listener, (struct sockaddr *)&address, &size) < 0) die("getsockname");
    fprintf(stderr, "listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
    return listener;
}

int main(int argc, char **argv) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    add(listen_on_loopback(argc > 1 ? (unsigned short)atoi(argv[1]) : 0));
    for (;;) {
        int ready = poll(entries, count, -1);
        if (ready < 0 && errno != EINTR) die("poll");
        /* From the end, so that the entry that takes a dropped one's place has been seen. */
        for (size_t index = count; index-- > 0 && ready > 0;) {
            if (!entries[index].revents) continue;
            ready--;
            if (index == 0) accept_all(entries[0].fd);
            else if (!(pending[index].bytes ? flush(index) : echo(index))) drop(index);
        }
    }
}
