/*
 * Counts the instructions of a thread in user mode, one by one (ptrace(2), PTRACE_SINGLESTEP): exactly, and without hardware counters.
 *
 *     steps PID WAITS CALLS
 *
 * First it lets the thread make CALLS system calls. An attached process has been interrupted: a wait that ends with EINTR is rare enough
 * for V8 to throw optimized code away, and meanwhile it makes new code.
 *
 * Prints a line for each address from one epoll_wait(2) or poll(2) to the one WAITS later: the address in hexadecimal, and how often the instruction
 * there ran. The thread's other work is as usual, only slower. For x86-64.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

/* A power of two, and more than a server has instructions. */
#define PLACES (1 << 18)

static struct {
    uint64_t address;
    uint64_t count;
} places[PLACES];

static void count(uint64_t address)
{
    uint64_t place = (address * 0x9e3779b97f4a7c15u) >> 46;
    while (places[place].count != 0 && places[place].address != address)
        place = (place + 1) & (PLACES - 1);
    places[place].address = address;
    places[place].count++;
}

static int is_wait(long long call)
{
    return call == SYS_epoll_wait || call == SYS_epoll_pwait || call == SYS_poll || call == SYS_ppoll;
}

/* Lets the thread run to its next stop. Ends this program if it has none. */
static void proceed(int how, pid_t pid)
{
    int status;
    if (ptrace(how, pid, 0, 0) != 0) {
        perror("ptrace");
        exit(1);
    }
    waitpid(pid, &status, __WALL);
    if (!WIFSTOPPED(status)) {
        fprintf(stderr, "the process has ended\n");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: steps PID WAITS CALLS\n");
        return 2;
    }
    pid_t pid = atoi(argv[1]);
    long waits = atol(argv[2]);
    long calls = atol(argv[3]);
    if (ptrace(PTRACE_ATTACH, pid, 0, 0) != 0) {
        perror("ptrace");
        return 1;
    }
    waitpid(pid, NULL, __WALL);
    /* It stops twice at each call: before and behind. */
    for (long stop = 0; stop < 2 * calls; stop++)
        proceed(PTRACE_SYSCALL, pid);
    /* Counting begins at the next wait. */
    long seen = -1;
    int waited = 0;
    while (seen < waits) {
        struct user_regs_struct registers;
        proceed(PTRACE_SINGLESTEP, pid);
        ptrace(PTRACE_GETREGS, pid, 0, &registers);
        /* The number of a system call, after a step over it. */
        int waits_now = is_wait((long long)registers.orig_rax);
        if (waits_now && !waited)
            seen++;
        waited = waits_now;
        if (seen >= 0 && seen < waits)
            count(registers.rip);
    }
    ptrace(PTRACE_DETACH, pid, 0, 0);
    for (long place = 0; place < PLACES; place++)
        if (places[place].count != 0)
            printf("%llx %llu\n", (unsigned long long)places[place].address, (unsigned long long)places[place].count);
    return 0;
}
