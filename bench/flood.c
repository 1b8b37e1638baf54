/*
 * The load of the flood benchmark: one connection sends without pause and takes what comes back, and another sends a byte,
 * waits for its echo, and sends the next one a millisecond later. How long the second one waits is how fair the server is.
 *
 *     flood HOST PORT IDLE SECONDS WARM_UP_SECONDS
 *
 * Arguments, outputs and exit statuses are load.c's. Requests and latencies are the second connection's; the JSON has three figures
 * more: `latencyMax` is its longest wait, in microseconds; `overtaken` is the most bytes of the flood that came back during a wait, which
 * other processes of the machine do not change; and `flooded` is all of the flood that came back within the time.
 */
#include "load.h"
#include <netinet/tcp.h>

enum { CHUNK = 64 * 1024, ROOM = 1024 * 1024, PAUSE_NS = 1000000 };

static struct sockaddr_in server;
static int flooding, asking, lost;
static uint64_t total, total_then, flooded, overtaken;  /* bytes of the flood: ever, when the byte was sent, within the time */
static uint64_t longest, asked_at, next_at;             /* ns; asked_at is 0 while no byte is under way */

static void lose(const char *connection, const char *what) {
    if (lost++ < 5) fprintf(stderr, "%s connection: %s\n", connection, what);
}

static int measured(uint64_t now) { return now >= measured_from && now < measured_to; }

static void flood(void) {
    static char bytes[ROOM];
    if (send(flooding, bytes, CHUNK, MSG_NOSIGNAL) < 0 && errno != EAGAIN) return lose("the flooding", strerror(errno));
    ssize_t length = recv(flooding, bytes, sizeof bytes, 0);
    if (length > 0) total += length;
    if (length > 0 && measured(now_ns())) flooded += length;
    if (length == 0 || (length < 0 && errno != EAGAIN)) lose("the flooding", length == 0 ? "closed" : strerror(errno));
}

/* A wait counts where it ends within the time: so does one that has begun before, whose beginning was the server's fault too. */
static void ask(void) {
    char byte = 'x';
    uint64_t now = now_ns();
    if (asked_at == 0) {
        if (now < next_at) return;
        if (send(asking, &byte, 1, MSG_NOSIGNAL) != 1) return lose("the asking", strerror(errno));
        asked_at = now;
        total_then = total;
        return;
    }
    ssize_t length = recv(asking, &byte, 1, 0);
    if (length < 0 && errno == EAGAIN) return;
    if (length != 1 || byte != 'x') return lose("the asking", "not the byte that was sent");
    now = now_ns();
    if (measured(now)) {
        requests++;
        record_latency(now - asked_at);
        if (now - asked_at > longest) longest = now - asked_at;
        if (total - total_then > overtaken) overtaken = total - total_then;
    }
    asked_at = 0;
    next_at = now + PAUSE_NS;
}

static void run_until(uint64_t end) {
    while (now_ns() < end && lost == 0) {
        flood();
        ask();
    }
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: flood HOST PORT IDLE SECONDS WARM_UP_SECONDS\n");
        return 2;
    }
    server = loopback(argv[1], argv[2]);
    int idle = (int)argument("IDLE", argv[3], 0, MAX_CONNECTIONS);
    double seconds = argument("SECONDS", argv[4], 0.05, MAX_SECONDS);
    double warm_up = argument("WARM_UP_SECONDS", argv[5], 0, MAX_SECONDS);
    bound(seconds + warm_up);

    int epoll = epoll_create1(EPOLL_CLOEXEC); /* nothing waits there: the loop never sleeps */
    for (int i = 0; i < idle; i++) open_watched(epoll, &server, 0, NULL);
    flooding = open_watched(epoll, &server, 0, NULL);
    asking = open_watched(epoll, &server, 0, NULL);
    int on = 1;
    setsockopt(asking, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    double elapsed = run_measured(run_until, seconds, warm_up);

    /* One that still waits has waited for so long at least. */
    uint64_t waits = asked_at ? now_ns() - asked_at : 0;
    if (waits > longest) longest = waits;
    if (asked_at && total - total_then > overtaken) overtaken = total - total_then;
    printf("{\"requests\":%llu,\"seconds\":%.6f,\"requestsPerSecond\":%.1f,\"bytes\":%llu,\"latencyP50\":%.2f,"
           "\"latencyP99\":%.2f,\"latencyMax\":%.2f,\"overtaken\":%llu,\"flooded\":%llu,\"waiting\":0,\"errors\":%d}\n",
           (unsigned long long)requests, elapsed, requests / elapsed, (unsigned long long)requests, percentile(0.50),
           percentile(0.99), longest / 1e3, (unsigned long long)overtaken, (unsigned long long)flooded, lost);
    let_look();
    return lost ? 1 : 0;
}
