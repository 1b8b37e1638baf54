/*
 * What this kernel can do: an echo server on io_uring, one thread, no system call for each request.
 *
 *     echo-io-uring [PORT]        listens on 127.0.0.1; port 0 (the default) lets the system choose
 *
 * One accept and one receive for each connection stay under way (multishot). A receive takes a buffer of a ring that all
 * connections share, the answer is sent from that buffer, and the buffer goes back. One io_uring_enter submits all sends
 * of a turn and waits for the next completions. A connection has one send under way: answers that come meanwhile wait in a
 * list, so that their order stays. Needs liburing 2.2 and Linux 6.0.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ENTRIES = 4096, BUFFERS = 1024, BUFFER_BYTES = 16 * 1024, GROUP = 0, NONE = -1 };

/* The kind of an operation: the low bits of its user data, beside the connection's address. */
enum { ACCEPT, RECEIVE, SEND, KINDS = 3 };

/* One client. Its answers wait from `first` to `last`, numbers of buffers; the first one is under way. */
struct connection {
    int fd;
    int first, last;
    int sent;        /* bytes of the first answer */
    int receiving;   /* the multishot receive is under way */
    int starving;    /* it ended because no buffer was free */
    int ended;       /* nothing more comes */
    int broken;      /* nothing more goes */
    struct connection *next_starving;
};

static struct io_uring ring;
static struct io_uring_buf_ring *free_buffers;
static char *buffers;
static struct {
    int next, length;
} answers[BUFFERS];
static struct connection *starving;

static void die(const char *what, int error) {
    fprintf(stderr, "%s: %s\n", what, strerror(error));
    exit(1);
}

static char *buffer(int number) { return buffers + (size_t)number * BUFFER_BYTES; }

/* An entry of the submission queue; a full queue is submitted first. */
static struct io_uring_sqe *entry(void) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    if (sqe) return sqe;
    io_uring_submit(&ring);
    sqe = io_uring_get_sqe(&ring);
    if (!sqe) die("io_uring_get_sqe", EBUSY);
    return sqe;
}

static void tag(struct io_uring_sqe *sqe, struct connection *connection, int kind) {
    io_uring_sqe_set_data64(sqe, (uint64_t)(uintptr_t)connection | kind);
}

static void accept_all(int listener) {
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
    tag(sqe, NULL, ACCEPT);
}

static void receive(struct connection *connection) {
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_recv_multishot(sqe, connection->fd, NULL, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = GROUP;
    tag(sqe, connection, RECEIVE);
    connection->receiving = 1;
}

static void send_first(struct connection *connection) {
    int number = connection->first;
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_send(sqe, connection->fd, buffer(number) + connection->sent, answers[number].length - connection->sent,
                       MSG_NOSIGNAL | MSG_WAITALL);
    tag(sqe, connection, SEND);
}

static void give_back(int number) {
    io_uring_buf_ring_add(free_buffers, buffer(number), BUFFER_BYTES, number, io_uring_buf_ring_mask(BUFFERS), 0);
    io_uring_buf_ring_advance(free_buffers, 1);
    while (starving) {
        struct connection *connection = starving;
        starving = connection->next_starving;
        connection->starving = 0;
        receive(connection);
    }
}

/* Frees a connection that has ended, when nothing of it is under way. */
static void release(struct connection *connection) {
    if (!connection->ended || connection->receiving || connection->starving || connection->first != NONE) return;
    close(connection->fd);
    free(connection);
}

static void on_accept(int listener, struct io_uring_cqe *cqe) {
    if (cqe->res >= 0) {
        struct connection *connection = calloc(1, sizeof *connection);
        if (!connection) die("calloc", ENOMEM);
        connection->fd = cqe->res;
        connection->first = connection->last = NONE;
        receive(connection);
    } else if (cqe->res != -ECONNABORTED && cqe->res != -EINTR) die("accept", -cqe->res);
    if (!(cqe->flags & IORING_CQE_F_MORE)) accept_all(listener);
}

static void on_receive(struct connection *connection, struct io_uring_cqe *cqe) {
    if (!(cqe->flags & IORING_CQE_F_MORE)) connection->receiving = 0;
    if (cqe->res > 0) {
        int number = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
        answers[number].next = NONE;
        answers[number].length = cqe->res;
        if (connection->first == NONE) {
            connection->first = number;
            connection->sent = 0;
            send_first(connection);
        } else answers[connection->last].next = number;
        connection->last = number;
    } else if (cqe->res == -ENOBUFS) {
        connection->starving = 1;
        connection->next_starving = starving;
        starving = connection;
        return;
    } else connection->ended = 1;
    if (!connection->receiving && !connection->ended) receive(connection);
    release(connection);
}

static void on_send(struct connection *connection, struct io_uring_cqe *cqe) {
    int number = connection->first;
    if (cqe->res > 0) {
        connection->sent += cqe->res;
        if (connection->sent < answers[number].length) {
            send_first(connection);
            return;
        }
    } else {
        /* The peer is gone: the receive ends by itself, and the other answers are dropped. */
        connection->broken = 1;
        shutdown(connection->fd, SHUT_RDWR);
    }
    do {
        connection->first = answers[number].next;
        connection->sent = 0;
        give_back(number);
        number = connection->first;
    } while (connection->broken && number != NONE);
    if (number != NONE) send_first(connection);
    release(connection);
}

static int listen_on_loopback(unsigned short port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) die("socket", errno);
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* what it accepts inherits it */
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind", errno);
    if (listen(listener, SOMAXCONN) < 0) die("listen", errno);
    socklen_t size = sizeof address;
    if (getsockname(listener, (struct sockaddr *)&address, &size) < 0) die("getsockname", errno);
    fprintf(stderr, "listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
    return listener;
}

int main(int argc, char **argv) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }

    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_CQSIZE,
        .cq_entries = 4 * ENTRIES,
    };
    int error = io_uring_queue_init_params(ENTRIES, &ring, &params);
    if (error < 0) die("io_uring_queue_init", -error);
    size_t page = sysconf(_SC_PAGESIZE);
    if (posix_memalign((void **)&free_buffers, page, BUFFERS * sizeof(struct io_uring_buf)) ||
        posix_memalign((void **)&buffers, page, (size_t)BUFFERS * BUFFER_BYTES))
        die("posix_memalign", ENOMEM);
    struct io_uring_buf_reg group = {
        .ring_addr = (uintptr_t)free_buffers, .ring_entries = BUFFERS, .bgid = GROUP};
    error = io_uring_register_buf_ring(&ring, &group, 0);
    if (error < 0) die("io_uring_register_buf_ring", -error);
    io_uring_buf_ring_init(free_buffers);
    for (int number = 0; number < BUFFERS; number++) give_back(number);

    int listener = listen_on_loopback(argc > 1 ? (unsigned short)atoi(argv[1]) : 0);
    accept_all(listener);
    for (;;) {
        error = io_uring_submit_and_wait(&ring, 1);
        if (error < 0 && error != -EINTR) die("io_uring_submit_and_wait", -error);
        struct io_uring_cqe *cqe;
        unsigned head, count = 0;
        io_uring_for_each_cqe(&ring, head, cqe) {
            uint64_t data = io_uring_cqe_get_data64(cqe);
            struct connection *connection = (struct connection *)(uintptr_t)(data & ~(uint64_t)KINDS);
            switch (data & KINDS) {
            case ACCEPT: on_accept(listener, cqe); break;
            case RECEIVE: on_receive(connection, cqe); break;
            default: on_send(connection, cqe);
            }
            count++;
        }
        io_uring_cq_advance(&ring, count);
    }
}
