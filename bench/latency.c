/*
 * The load of the latency benchmark: the original client in a loop, over one connection. It sends its three messages in turn, and
 * waits for the whole of each answer before it sends the next one.
 *
 *     latency HOST PORT SECONDS WARM_UP_SECONDS
 *
 * Arguments, outputs and exit statuses are load.c's; the JSON has one figure more, `latencyP999`. As the original it sleeps while
 * it waits: the time in which the kernel wakes it, and the server, belongs to an answer.
 */
#include "load.h"
#include <netinet/tcp.h>

static const char *const messages[] = {"This is the message. ", "It will be sent ", "in parts."};
enum { MESSAGES = sizeof messages / sizeof *messages, ROOM = 1024 };

static int connection, lost, next;

static void lose(const char *what) {
    fprintf(stderr, "%s\n", what);
    lost = 1;
}

static void ask(void) {
    static char answer[ROOM];
    const char *message = messages[next];
    size_t length = strlen(message), received = 0;
    next = (next + 1) % MESSAGES;
    uint64_t started = now_ns();
    if (send(connection, message, length, MSG_NOSIGNAL) != (ssize_t)length) return lose(strerror(errno));
    while (received < length) {
        ssize_t count = recv(connection, answer + received, sizeof answer - received, 0);
        if (count <= 0) return lose(count == 0 ? "closed by the server" : strerror(errno));
        received += count;
    }
    uint64_t now = now_ns();
    if (received != length || memcmp(answer, message, length)) return lose("other bytes came back than were sent");
    if (now < measured_from || now >= measured_to) return;
    requests++;
    record_latency(now - started);
}

static void run_until(uint64_t end) {
    while (now_ns() < end && !lost) ask();
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: latency HOST PORT SECONDS WARM_UP_SECONDS\n");
        return 2;
    }
    struct sockaddr_in server = loopback(argv[1], argv[2]);
    double seconds = argument("SECONDS", argv[3], 0.05, MAX_SECONDS);
    double warm_up = argument("WARM_UP_SECONDS", argv[4], 0, MAX_SECONDS);
    bound(seconds + warm_up);
    connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (const struct sockaddr *)&server, sizeof server) < 0) {
        fprintf(stderr, "connect %s:%s: %s\n", argv[1], argv[2], strerror(errno));
        return 1;
    }
    int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    double elapsed = run_measured(run_until, seconds, warm_up);

    printf("{\"requests\":%llu,\"seconds\":%.6f,\"requestsPerSecond\":%.1f,\"bytes\":%llu,\"latencyP50\":%.2f,"
           "\"latencyP99\":%.2f,\"latencyP999\":%.2f,\"waiting\":0,\"errors\":%d}\n",
           (unsigned long long)requests, elapsed, requests / elapsed, (unsigned long long)requests, percentile(0.50),
           percentile(0.99), percentile(0.999), lost);
    let_look();
    return lost;
}
