/*
 * What the load generators have in common: the clock, latencies, bounds, and the command line. A generator is one file and
 * includes this once.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 20000, MAX_SECONDS = 60, WATCHDOG_SECONDS = 15 };

/* Counted are requests that are completed between these times (ns). */
static uint64_t requests;
static uint64_t measured_from = UINT64_MAX, measured_to = UINT64_MAX;

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

/* ---- Latencies: a histogram of 32 buckets per power of two, so that a percentile is right within 3 % ---- */

enum { BUCKETS = 2048 };
static uint64_t histogram[BUCKETS];

/* Bucket numbers rise with the latency and leave no gaps: 0..63 are exact, then every 32 buckets double the width. */
static void record_latency(uint64_t ns) {
    int power = ns < 64 ? 0 : 63 - __builtin_clzll(ns) - 5;
    histogram[power * 32 + (ns >> power)]++;
}

/* In microseconds: the middle of the bucket in which the given share of all requests is reached. */
static double percentile(double share) {
    uint64_t reached = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        reached += histogram[bucket];
        if (reached <= share * requests) continue;
        int power = bucket < 64 ? 0 : bucket / 32 - 1;
        return (bucket - power * 32 + 0.5) * (double)(1ull << power) / 1000;
    }
    return 0; /* no requests */
}

static void bark(int signal) {
    (void)signal;
    static const char message[] = "load: the watchdog ended a run that did not end by itself\n";
    if (write(STDERR_FILENO, message, sizeof message - 1)) {} /* nothing to do when it fails */
    _exit(3);
}

/* A number from the command line within its bounds, or the end. */
static double argument(const char *name, const char *value, double least, double most) {
    char *rest;
    double number = strtod(value, &rest);
    if (rest == value || *rest || !(number >= least && number <= most)) {
        fprintf(stderr, "load: %s is %s: it must be from %g to %g\n", name, value, least, most);
        exit(2);
    }
    return number;
}

/* The address to load: on this machine, or the end. */
static struct sockaddr_in loopback(const char *host, const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (!inet_aton(host, &address.sin_addr) || ntohl(address.sin_addr.s_addr) >> 24 != 127) {
        fprintf(stderr, "load: HOST is %s: only loopback addresses, 127.x.x.x, are loaded\n", host);
        exit(2);
    }
    address.sin_port = htons((uint16_t)argument("PORT", port, 1, 65535));
    return address;
}

/*
 * A connection, watched for `events` under `owner`, or the end. Connects while still blocking, so that a full accept queue
 * slows the opening down instead of failing it. Edge-triggered: the kernel need not check again at every wait what this
 * program has just emptied.
 */
static int open_watched(int epoll, const struct sockaddr_in *server, uint32_t events, void *owner) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)server, sizeof *server) < 0) {
        fprintf(stderr, "connect %s:%u: %s\n", inet_ntoa(server->sin_addr), ntohs(server->sin_port), strerror(errno));
        exit(1);
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = events | EPOLLET, .data.ptr = owner};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    return fd;
}

/* Ends the process some time after so many seconds, if it has not ended by then; and lets it have all the descriptors. */
static void bound(double seconds) {
    signal(SIGALRM, bark);
    alarm((unsigned)seconds + WATCHDOG_SECONDS);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

/*
 * Warms up and measures, by a function that runs the load until a time (ns). Returns for how many seconds was counted: what
 * came after the end was not.
 */
static double run_measured(void (*run_until)(uint64_t), double seconds, double warm_up) {
    run_until(now_ns() + (uint64_t)(warm_up * 1e9));
    fprintf(stderr, "measuring\n");
    measured_from = now_ns();
    measured_to = measured_from + (uint64_t)(seconds * 1e9);
    run_until(measured_to);
    double elapsed = (now_ns() - measured_from) / 1e9;
    return elapsed < seconds ? elapsed : seconds;
}

/* The connections stay until stdin ends, 200 ms at most: whoever reads the CPU time must not read what closing them costs. */
static void let_look(void) {
    fflush(stdout);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    poll(&input, 1, 200);
}
