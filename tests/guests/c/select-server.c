/*
 * A server on select(): gives every client its letters back as capitals. The set of descriptors to write to has whoever
 * still has something to come; a timeout of a minute that no test waits for stands in every call.
 *
 *     select-server CLIENTS       descriptor 3 listens; ends when so many clients have come and gone
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER = 3, ROOM = 16384 };

static struct {
    int open;
    size_t held, sent;
    char bytes[ROOM];
} clients[FD_SETSIZE];

static void check(int result, const char *what) {
    if (result >= 0) return;
    perror(what);
    exit(1);
}

/* -1 when it is over. */
static int receive(int fd) {
    ssize_t got = recv(fd, clients[fd].bytes, ROOM, 0);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) return -1;
    for (ssize_t i = 0; i < got; i++) clients[fd].bytes[i] = toupper((unsigned char)clients[fd].bytes[i]);
    clients[fd].held = got;
    clients[fd].sent = 0;
    return 0;
}

static int transmit(int fd) {
    ssize_t went = send(fd, clients[fd].bytes + clients[fd].sent, clients[fd].held - clients[fd].sent, 0);
    if (went < 0) return errno == EAGAIN ? 0 : -1;
    clients[fd].sent += went;
    if (clients[fd].sent == clients[fd].held) clients[fd].held = 0;
    return 0;
}

int main(int argc, char **argv) {
    int left = argc > 1 ? atoi(argv[1]) : 1, number = left, highest = LISTENER;
    check(fcntl(LISTENER, F_SETFL, O_NONBLOCK), "fcntl");
    while (left > 0) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(LISTENER, &readable);
        for (int fd = LISTENER + 1; fd <= highest; fd++)
            if (clients[fd].open) FD_SET(fd, clients[fd].held ? &writable : &readable);
        struct timeval minute = {.tv_sec = 60};
        int ready = select(highest + 1, &readable, &writable, NULL, &minute);
        check(ready, "select");
        if (ready == 0) return fprintf(stderr, "nothing came for a minute\n"), 1;
        for (int fd = LISTENER + 1; fd <= highest; fd++) {
            int over = 0;
            if (FD_ISSET(fd, &readable)) over = receive(fd);
            else if (FD_ISSET(fd, &writable)) over = transmit(fd);
            if (!over) continue;
            close(fd);
            clients[fd].open = 0;
            left--;
        }
        if (!FD_ISSET(LISTENER, &readable)) continue;
        int fd = accept(LISTENER, NULL, NULL);
        if (fd < 0 && errno == EAGAIN) continue;
        check(fd, "accept");
        if (fd >= FD_SETSIZE) return fprintf(stderr, "descriptor %d is over FD_SETSIZE\n", fd), 1;
        check(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
        clients[fd].open = 1;
        clients[fd].held = 0;
        if (fd > highest) highest = fd;
    }
    printf("%d clients\n", number);
    return 0;
}
