/*
 * The load generator for HTTP servers: load.c's closed loop, with a request for /hello in place of the message. Every
 * connection asks, reads the whole answer, compares its body, and at once asks again on the same connection.
 *
 *     http-load HOST PORT CONNECTIONS SECONDS WARM_UP_SECONDS
 *
 * Arguments, outputs and exit statuses are load.c's. The JSON has two figures more, for fairness among the connections:
 * `slowest` is the least number of requests that any of them completed within the time, `middle` the median's.
 */
#include "load.h"

enum { EVENTS_PER_WAIT = 512, ROOM = 4096 };

static const char request[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char body[] = "hello, world\n";

struct connection {
    int fd; /* -1 when lost */
    size_t got;
    uint64_t started, completed; /* ns when the request was sent; requests within the time */
    char answer[ROOM + 1];
};

static struct sockaddr_in server;
static struct connection *connections;
static int count, lost, epoll;
static int leaving = -1; /* connections that are still open after the measurement; -1 before its end */

static void lose(struct connection *connection, const char *what) {
    if (lost++ < 5) fprintf(stderr, "connection %d: %s\n", (int)(connection - connections), what);
    close(connection->fd);
    connection->fd = -1;
}

/* So few bytes always fit into an empty send buffer, and before an answer has come nothing more is sent. */
static void ask(struct connection *connection, uint64_t now) {
    connection->got = 0;
    connection->started = now;
    if (send(connection->fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1)
        lose(connection, strerror(errno));
}

/* How long the answer is when it is complete; 0: its headers are not there yet; -1: it is none that this program wants. */
static ssize_t length_of(const char *answer) {
    const char *end = strstr(answer, "\r\n\r\n");
    if (!end) return 0;
    const char *length = strcasestr(answer, "\r\nContent-Length: ");
    if (strncmp(answer, "HTTP/1.1 200 ", 13) || !length || length > end) return -1;
    if (strtoul(length + 18, NULL, 10) != sizeof body - 1) return -1;
    return end + 4 - answer + sizeof body - 1;
}

static void receive(struct connection *connection) {
    ssize_t got = recv(connection->fd, connection->answer + connection->got, ROOM - connection->got, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (leaving >= 0 && got <= 0) {
        close(connection->fd);
        connection->fd = -1;
        leaving--;
        return;
    }
    if (got <= 0) return lose(connection, got == 0 ? "closed by the server" : strerror(errno));
    connection->got += got;
    connection->answer[connection->got] = 0;
    ssize_t length = length_of(connection->answer);
    if (length < 0 || (length > 0 && connection->got > (size_t)length)) return lose(connection, "not the answer");
    if (length == 0 || connection->got < (size_t)length) return;
    if (memcmp(connection->answer + length - (sizeof body - 1), body, sizeof body - 1))
        return lose(connection, "other bytes than the body");
    uint64_t now = now_ns();
    if (now >= measured_from && now < measured_to) {
        requests++;
        connection->completed++;
        record_latency(now - connection->started);
    }
    if (leaving >= 0) shutdown(connection->fd, SHUT_WR);
    else ask(connection, now);
}

static uint64_t waited; /* ns without an answer */

/* Until the given time (ns), or until a connection is lost. */
static void run_until(uint64_t end) {
    static struct epoll_event events[EVENTS_PER_WAIT];
    int timeout = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 0 : 50; /* ms */
    waited = 0;
    for (uint64_t now = now_ns(); now < end && lost == 0;) {
        int ready = epoll_wait(epoll, events, EVENTS_PER_WAIT, timeout);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection->fd >= 0) receive(connection);
        }
        uint64_t before = now;
        now = now_ns();
        if (ready == 0) waited += now - before;
    }
}

/*
 * Reads the last answers, then ends each connection with FIN. A socket that is closed with unread bytes sends RST, and wasmtime
 * ends a whole guest for that (poll_oneoff fails with EIO). Waits for at most a second.
 */
static void leave(void) {
    struct epoll_event events[EVENTS_PER_WAIT];
    leaving = 0;
    for (int i = 0; i < count; i++) leaving += connections[i].fd >= 0;
    uint64_t end = now_ns() + 1000000000;
    while (leaving > 0 && now_ns() < end) {
        int ready = epoll_wait(epoll, events, EVENTS_PER_WAIT, 50);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            for (size_t before = SIZE_MAX; connection->fd >= 0 && before != connection->got;) {
                before = connection->got;
                receive(connection);
            }
        }
    }
}

static int by_completed(const void *one, const void *other) {
    uint64_t a = ((const struct connection *)one)->completed, b = ((const struct connection *)other)->completed;
    return (a > b) - (a < b);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: http-load HOST PORT CONNECTIONS SECONDS WARM_UP_SECONDS\n");
        return 2;
    }
    server = loopback(argv[1], argv[2]);
    count = (int)argument("CONNECTIONS", argv[3], 1, MAX_CONNECTIONS);
    double seconds = argument("SECONDS", argv[4], 0.05, MAX_SECONDS);
    double warm_up = argument("WARM_UP_SECONDS", argv[5], 0, MAX_SECONDS);
    bound(seconds + warm_up);

    epoll = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc(count, sizeof *connections);
    if (epoll < 0 || !connections) {
        perror("http-load");
        return 1;
    }
    for (int i = 0; i < count; i++) connections[i].fd = open_watched(epoll, &server, EPOLLIN, &connections[i]);
    for (int i = 0; i < count; i++) ask(&connections[i], now_ns());
    double elapsed = run_measured(run_until, seconds, warm_up);

    double p50 = percentile(0.50), p99 = percentile(0.99);
    struct connection *sorted = calloc(count, sizeof *sorted);
    if (!sorted) {
        perror("http-load");
        return 1;
    }
    memcpy(sorted, connections, count * sizeof *sorted); /* epoll's events point to the originals */
    qsort(sorted, count, sizeof *sorted, by_completed);
    printf("{\"requests\":%llu,\"seconds\":%.6f,\"requestsPerSecond\":%.1f,\"bytes\":%llu,"
           "\"latencyP50\":%.2f,\"latencyP99\":%.2f,\"waiting\":%.3f,\"errors\":%d,\"slowest\":%llu,\"middle\":%llu}\n",
           (unsigned long long)requests, elapsed, requests / elapsed,
           (unsigned long long)(requests * (sizeof body - 1)), p50, p99, waited / 1e9 / elapsed, lost,
           (unsigned long long)sorted[0].completed, (unsigned long long)sorted[count / 2].completed);
    let_look();
    leave();
    return lost ? 1 : 0;
}
