/*
 * The load generator: one thread on epoll, in a closed loop. Every active connection sends one message, waits until all of
 * it has come back, compares it, and at once sends the next; idle connections are opened and never send.
 *
 *     load HOST PORT CONNECTIONS IDLE BYTES SECONDS WARM_UP_SECONDS
 *
 * HOST is a loopback IPv4 address, and nothing else: this is no tool for other people's servers. stderr gets the line
 * `measuring` when the warm-up is over, stdout one line of JSON at the end; latencies are microseconds, `requests` counts
 * what was completed within `seconds`, `waiting` is the share of that time in which no answer was there to be read (near 0
 * means that the load was at its limit too). After the JSON it keeps its connections until stdin ends, 200 ms at most, so
 * that whoever reads the server's CPU time then does not read the cost of closing a thousand connections too.
 * Exit status: 0, 1 when a byte was wrong or a connection was lost, 2 for bad arguments, 3 when the watchdog ended it.
 *
 * It does not sleep between answers, but asks again: waking a sleeping peer is work that the kernel does, and charges, in
 * the server's send(), and the more of it the slower the server is. With one connection on a virtual machine, two thirds
 * of a round trip were such wakeups. Now what is measured is the server. (On a single core it sleeps: to spin there would
 * take the server's time.)
 */
#include "load.h"

enum { MAX_BYTES = 64 * 1024 };
enum { RECEIVE_BYTES = MAX_BYTES + 1, EVENTS_PER_WAIT = 512 };

/*
 * Messages are windows of one pseudo-random text: connection and request number choose where the window begins, so that
 * bytes of another connection, or of the message before, are noticed.
 */
enum { WINDOWS = 4096 };
static unsigned char text[MAX_BYTES + WINDOWS];

struct connection {
    int fd; /* -1 when lost */
    int active;
    uint32_t window;
    size_t sent, returned; /* bytes of the current message */
    uint64_t started;      /* ns, when its sending began */
};

static struct sockaddr_in server;
static struct connection *connections;
static int active_count, idle_count, lost_count, epoll;
static size_t message_bytes;
static uint64_t errors;
static uint64_t waited; /* ns without an answer */

/* ---- One connection ---- */

static void lose(struct connection *connection, const char *what) {
    if (errors++ < 5) fprintf(stderr, "connection %d: %s\n", (int)(connection - connections), what);
    close(connection->fd);
    connection->fd = -1;
    if (connection->active) lost_count++;
}

static void send_rest(struct connection *connection) {
    const unsigned char *message = text + connection->window;
    ssize_t sent = send(connection->fd, message + connection->sent, message_bytes - connection->sent, MSG_NOSIGNAL);
    if (sent >= 0) connection->sent += sent;
    else if (errno != EAGAIN) lose(connection, strerror(errno));
}

static void send_message(struct connection *connection, uint64_t now) {
    connection->window = (connection->window + 61) % WINDOWS;
    connection->sent = connection->returned = 0;
    connection->started = now;
    send_rest(connection);
}

/* One recv: no more than a message is under way, and the buffer holds it, so that a drained socket is certain. */
static void receive(struct connection *connection) {
    static unsigned char received[RECEIVE_BYTES];
    ssize_t length = recv(connection->fd, received, sizeof received, 0);
    if (length <= 0) {
        if (length == 0) lose(connection, "closed by the server");
        else if (errno != EAGAIN) lose(connection, strerror(errno));
        return;
    }
    if (connection->returned + length > connection->sent) {
        lose(connection, connection->active ? "more came back than was sent" : "bytes on an idle connection");
        return;
    }
    if (memcmp(received, text + connection->window + connection->returned, length)) {
        lose(connection, "other bytes came back than were sent");
        return;
    }
    connection->returned += length;
    if (connection->returned < message_bytes) return;

    uint64_t now = now_ns(); /* the end of this request and the start of the next: one clock call each */
    if (now >= measured_from && now < measured_to) {
        requests++;
        record_latency(now - connection->started);
    }
    send_message(connection, now);
}

/* ---- The run ---- */

/* For both directions at once: nothing is changed when a message cannot be sent whole. */
static int open_for_both(struct connection *connection) {
    return open_watched(epoll, &server, EPOLLIN | EPOLLOUT, connection);
}

/* Serves connections until the given time (ns) or until none of the active ones is left. */
static void run_until(uint64_t end) {
    static struct epoll_event events[EVENTS_PER_WAIT];
    int timeout = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 0 : 50; /* ms */
    waited = 0;
    for (uint64_t now = now_ns(); now < end && lost_count < active_count;) {
        int count = epoll_wait(epoll, events, EVENTS_PER_WAIT, timeout);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection->active && connection->sent < message_bytes) send_rest(connection);
            if (connection->fd >= 0 && events[i].events & ~EPOLLOUT) receive(connection);
        }
        uint64_t before = now;
        now = now_ns();
        if (count == 0) waited += now - before;
    }
}

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: load HOST PORT CONNECTIONS IDLE BYTES SECONDS WARM_UP_SECONDS\n");
        return 2;
    }
    server = loopback(argv[1], argv[2]);
    active_count = (int)argument("CONNECTIONS", argv[3], 1, MAX_CONNECTIONS);
    idle_count = (int)argument("IDLE", argv[4], 0, MAX_CONNECTIONS);
    message_bytes = (size_t)argument("BYTES", argv[5], 1, MAX_BYTES);
    double seconds = argument("SECONDS", argv[6], 0.05, MAX_SECONDS);
    double warm_up = argument("WARM_UP_SECONDS", argv[7], 0, MAX_SECONDS);

    bound(seconds + warm_up);
    uint32_t random = 2463534242u; /* xorshift32, the same text in every run */
    for (size_t i = 0; i < sizeof text; i++) {
        random ^= random << 13, random ^= random >> 17, random ^= random << 5;
        text[i] = (unsigned char)(random >> 11);
    }

    epoll = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc(active_count + idle_count, sizeof *connections);
    if (epoll < 0 || !connections) {
        perror("load");
        return 1;
    }
    /* Idle ones first: their accepting is over before the load begins. */
    for (int i = active_count; i < active_count + idle_count; i++) connections[i].fd = open_for_both(&connections[i]);
    for (int i = 0; i < active_count; i++) {
        connections[i].active = 1;
        connections[i].window = i * 1009 % WINDOWS;
        connections[i].fd = open_for_both(&connections[i]);
    }
    for (int i = 0; i < active_count; i++) send_message(&connections[i], now_ns());

    double elapsed = run_measured(run_until, seconds, warm_up);

    printf("{\"requests\":%llu,\"seconds\":%.6f,\"requestsPerSecond\":%.1f,\"bytes\":%llu,"
           "\"latencyP50\":%.2f,\"latencyP99\":%.2f,\"waiting\":%.3f,\"errors\":%llu}\n",
           (unsigned long long)requests, elapsed, requests / elapsed, (unsigned long long)(requests * message_bytes),
           percentile(0.50), percentile(0.99), waited / 1e9 / elapsed, (unsigned long long)errors);
    let_look();
    return errors ? 1 : 0;
}
