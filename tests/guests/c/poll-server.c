/*
 * An echo server on poll(): what a slow client does not take stays in its connection's buffer, and nothing more is read
 * from it meanwhile.
 *
 *     poll-server CLIENTS         descriptor 3 listens; ends when so many clients have come and gone
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER = 3, MOST = 256, ROOM = 65536 };

struct connection {
    size_t held, sent; /* of `bytes`: how many there are, and how many of them have gone */
    unsigned char bytes[ROOM];
};

static struct pollfd watched[1 + MOST] = {{.fd = LISTENER, .events = POLLIN}};
static struct connection *connections[1 + MOST];
static int count = 1;
static unsigned long long total;

static void check(int result, const char *what) {
    if (result >= 0) return;
    perror(what);
    exit(1);
}

static void take_connections(void) {
    while (count <= MOST) {
        int fd = accept(LISTENER, NULL, NULL);
        if (fd < 0 && errno == EAGAIN) return;
        check(fd, "accept");
        check(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
        watched[count] = (struct pollfd){.fd = fd, .events = POLLIN};
        connections[count++] = calloc(1, sizeof(struct connection));
    }
}

/* 0 when it is over. */
static int serve(struct pollfd *watch, struct connection *connection) {
    if (connection->held == 0) {
        ssize_t got = recv(watch->fd, connection->bytes, ROOM, 0);
        if (got < 0 && errno == EAGAIN) return 1;
        if (got <= 0) return 0;
        connection->held = got;
    }
    ssize_t went = send(watch->fd, connection->bytes + connection->sent, connection->held - connection->sent, 0);
    if (went < 0 && errno != EAGAIN) return 0;
    if (went > 0) connection->sent += went, total += went;
    if (connection->sent == connection->held) connection->held = connection->sent = 0;
    watch->events = connection->held ? POLLOUT : POLLIN;
    return 1;
}

int main(int argc, char **argv) {
    int left = argc > 1 ? atoi(argv[1]) : 1, clients = left;
    check(fcntl(LISTENER, F_SETFL, O_NONBLOCK), "fcntl");
    while (left > 0) {
        check(poll(watched, count, -1), "poll");
        for (int i = count - 1; i > 0; i--) {
            if (watched[i].revents == 0 || serve(&watched[i], connections[i])) continue;
            close(watched[i].fd);
            free(connections[i]);
            watched[i] = watched[--count];
            connections[i] = connections[count];
            left--;
        }
        if (watched[0].revents) take_connections();
    }
    printf("%d clients, %llu bytes\n", clients, total);
    return 0;
}
