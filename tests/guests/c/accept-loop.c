/*
 * A loop that asks instead of waiting: accept4() with SOCK_NONBLOCK, recv(), and EAGAIN from either; where there was nothing
 * at all it sleeps by the clock alone. It tells each client how many bytes came when the client has finished, through the
 * half of the connection that is still open.
 *
 *     accept-loop CLIENTS         descriptor 3 listens; ends when so many clients have come and gone
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LISTENER = 3, MOST = 64 };

static struct {
    int fd;
    unsigned long long received;
} clients[MOST];

static int is_nonblocking(int fd) {
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

/* The end of the stream has come: the answer, with the direction to the client still open, and then that too. */
static void answer(int fd, unsigned long long received) {
    char line[64];
    int length = snprintf(line, sizeof line, "%llu bytes\n", received);
    if (send(fd, line, length, 0) != length) perror("send");
    if (shutdown(fd, SHUT_WR) < 0) perror("shutdown");
    close(fd);
}

int main(int argc, char **argv) {
    int left = argc > 1 ? atoi(argv[1]) : 1, number = left, count = 0;
    if (fcntl(LISTENER, F_SETFL, O_NONBLOCK) < 0 || !is_nonblocking(LISTENER)) return perror("fcntl"), 1;
    while (left > 0) {
        int busy = 0;
        int fd = count < MOST ? accept4(LISTENER, NULL, NULL, SOCK_NONBLOCK) : -1;
        if (fd >= 0) {
            if (!is_nonblocking(fd)) return fprintf(stderr, "accept4: SOCK_NONBLOCK was forgotten\n"), 1;
            clients[count].fd = fd;
            clients[count++].received = 0;
            busy = 1;
        } else if (count < MOST && errno != EAGAIN) return perror("accept4"), 1;
        for (int i = count - 1; i >= 0; i--) {
            char bytes[4096];
            ssize_t got = recv(clients[i].fd, bytes, sizeof bytes, 0);
            if (got < 0 && errno == EAGAIN) continue;
            if (got < 0) return perror("recv"), 1;
            busy = 1;
            clients[i].received += got;
            if (got > 0) continue;
            answer(clients[i].fd, clients[i].received);
            clients[i] = clients[--count];
            left--;
        }
        if (busy) continue;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    printf("%d clients\n", number);
    return 0;
}
