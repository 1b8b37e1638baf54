/*
 * The yardstick: an echo server on level-triggered epoll, one thread, non-blocking sockets.
 *
 *     echo-epoll [PORT [vector | writes]]        listens on 127.0.0.1; port 0 (the default) lets the system choose
 *
 * With a second argument it answers in two parts, halves of the request: both by one writev, or each by a write.
 *
 * It is meant to be as fast as plain epoll can be without being clever: three system calls for a request (epoll_wait
 * shared by all that are ready, recv, send), one receive buffer for all connections, and memory of a connection's own only
 * while its peer does not read. TCP_NODELAY is set, as the servers have it that it is compared with; all else is the
 * kernel's default.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { RECEIVE_BYTES = 64 * 1024, EVENTS_PER_WAIT = 512 };

/* One client. `pending` holds what it sent and has not taken back: NULL for as long as it reads. */
struct connection {
    int fd;
    char *pending;
    size_t pending_start; /* first byte not yet sent */
    size_t pending_end;
};

static char received[RECEIVE_BYTES];

/* Whether an answer goes in one piece, in two by one call, or in two by two. */
static enum { WHOLE, VECTOR, WRITES } answers;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int epoll, int operation, struct connection *connection, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(epoll, operation, connection->fd, &event) < 0) die("epoll_ctl");
}

/* close() also takes the descriptor out of the epoll instance: nothing else holds a duplicate of it. */
static void drop(struct connection *connection) {
    close(connection->fd);
    free(connection->pending);
    free(connection);
}

/* Accepts until the queue is empty: a burst of clients costs one wakeup. */
static void accept_all(int epoll, int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if (errno == EAGAIN) return;
            die("accept4");
        }
        struct connection *connection = calloc(1, sizeof *connection);
        if (!connection) die("calloc");
        connection->fd = fd;
        watch(epoll, EPOLL_CTL_ADD, connection, EPOLLIN);
    }
}

/* As send; of two writes the second is tried only where all of the first was taken. */
static ssize_t answer(int fd, char *bytes, size_t length) {
    size_t head = length / 2;
    if (answers == VECTOR) {
        struct iovec parts[] = {{bytes, head}, {bytes + head, length - head}};
        return writev(fd, parts, 2);
    }
    ssize_t sent = send(fd, bytes, head, MSG_NOSIGNAL);
    if (sent < (ssize_t)head) return sent;
    ssize_t rest = send(fd, bytes + head, length - head, MSG_NOSIGNAL);
    return rest < 0 ? sent : sent + rest;
}

/*
 * One recv and one send per wakeup: a short recv has already emptied the socket, and after a full one the level trigger
 * comes back, in its turn after the other clients. What the peer does not take is kept, and until it is gone the interest
 * is EPOLLOUT alone: not reading on is the backpressure, and bounds a connection's memory to one receive buffer.
 */
static void echo(int epoll, struct connection *connection) {
    ssize_t length = recv(connection->fd, received, sizeof received, 0);
    if (length <= 0) {
        if (length == 0 || (errno != EAGAIN && errno != EINTR)) drop(connection);
        return;
    }
    ssize_t sent = answers == WHOLE ? send(connection->fd, received, length, MSG_NOSIGNAL)
                                    : answer(connection->fd, received, length);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            drop(connection);
            return;
        }
        sent = 0;
    }
    if (sent == length) return;

    connection->pending = malloc(length - sent);
    if (!connection->pending) die("malloc");
    memcpy(connection->pending, received + sent, length - sent);
    connection->pending_start = 0;
    connection->pending_end = length - sent;
    watch(epoll, EPOLL_CTL_MOD, connection, EPOLLOUT);
}

static void flush(int epoll, struct connection *connection) {
    ssize_t sent = send(connection->fd, connection->pending + connection->pending_start,
                        connection->pending_end - connection->pending_start, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR) drop(connection);
        return;
    }
    connection->pending_start += sent;
    if (connection->pending_start < connection->pending_end) return;

    free(connection->pending);
    connection->pending = NULL;
    watch(epoll, EPOLL_CTL_MOD, connection, EPOLLIN);
}

static int listen_on_loopback(unsigned short port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) die("socket");
    int on = 1; /* for a restart on a fixed port; it changes nothing for the connections */
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
    if (argc > 2) answers = strcmp(argv[2], "vector") == 0 ? VECTOR : WRITES;
    signal(SIGPIPE, SIG_IGN); /* writev has no MSG_NOSIGNAL */

    /* As node does at its start: as many descriptors as the system allows. */
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }

    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) die("epoll_create1");
    struct connection listener = {.fd = listen_on_loopback(argc > 1 ? (unsigned short)atoi(argv[1]) : 0)};
    watch(epoll, EPOLL_CTL_ADD, &listener, EPOLLIN);

    static struct epoll_event events[EVENTS_PER_WAIT];
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS_PER_WAIT, -1);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        /* Each descriptor is in a batch once at most, so that dropping one cannot invalidate a later entry. */
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection == &listener) accept_all(epoll, listener.fd);
            else if (connection->pending) flush(epoll, connection);
            else echo(epoll, connection); /* HUP and ERR too: recv says what happened */
        }
    }
}
