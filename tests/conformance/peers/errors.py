"""What CPython's selectors and select raise, case by case: printed as JSON, {subject: {case: exception}}.

The cases have the names of those in python-errors.ts. "none": nothing was raised. An OSError is shown by its errno's name.
"""

import errno
import json
import os
import resource
import select
import selectors
import socket

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
NAN, INFINITY = float("nan"), float("inf")
FD_SETSIZE = 1024


class File:
    """A file object of the program's own."""

    def __init__(self, fd):
        self.fd = fd

    def fileno(self):
        return self.fd


def above_limit(sock):
    """A descriptor that select's sets have no room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft <= FD_SETSIZE:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, FD_SETSIZE + 16), hard))
    fd = FD_SETSIZE + 1
    os.dup2(sock.fileno(), fd)
    return fd


def closed(sock):
    sock.close()
    return sock


def registered(s, sock, events=READ, data=None):
    s.register(sock, events, data)
    return s


def with_closed(s, sock):
    """A number that is registered, and whose file was closed since."""
    registered(s, sock.fileno(), WRITE)
    sock.close()
    return s


def ended(s, sock):
    registered(s, sock)
    s.close()
    return s


def fail_modify(s, sock):
    registered(s, sock, WRITE)
    try:
        s.modify(sock, 999)
    except ValueError:
        pass
    return s


SELECTOR = {
    "register: no file object": lambda s, sock: s.register({}, READ),
    "register: fileno() gives no number": lambda s, sock: s.register(File("7"), READ),
    "register: a negative number": lambda s, sock: s.register(-1, READ),
    "register: fileno() gives a negative number": lambda s, sock: s.register(File(-1), READ),
    "register: a closed object": lambda s, sock: s.register(closed(sock), READ),
    "register: a number that is not open": lambda s, sock: s.register(999, READ),
    "register: no events": lambda s, sock: s.register(sock, 0),
    "register: unknown events": lambda s, sock: s.register(sock, 4),
    "register: unknown events beside known ones": lambda s, sock: s.register(sock, READ | 8),
    "register: registered already": lambda s, sock: registered(s, sock).register(sock, WRITE),
    "register: its number is registered already": lambda s, sock: registered(s, sock).register(sock.fileno(), WRITE),
    "register: a regular file": lambda s, sock: s.register(open(__file__), READ),
    "register and select: above FD_SETSIZE": lambda s, sock: registered(s, above_limit(sock)).select(0),
    "unregister: unknown": lambda s, sock: s.unregister(sock),
    "unregister: twice": lambda s, sock: (registered(s, sock).unregister(sock), s.unregister(sock)),
    "unregister: no file object": lambda s, sock: s.unregister({}),
    "unregister: a closed object": lambda s, sock: (registered(s, sock), sock.close(), s.unregister(sock)),
    "modify: unknown": lambda s, sock: s.modify(sock, READ),
    "modify: no events": lambda s, sock: registered(s, sock).modify(sock, 0),
    "modify: unknown events": lambda s, sock: registered(s, sock).modify(sock, 999),
    "modify: the data alone, of a closed object": lambda s, sock: with_closed(s, sock).modify(
        next(iter(s.get_map())), WRITE, "other"
    ),
    "modify: fails, and again": lambda s, sock: fail_modify(s, sock).modify(sock, READ),
    "modify: fails, and register": lambda s, sock: fail_modify(s, sock).register(sock, READ),
    "getKey: unknown": lambda s, sock: s.get_key(sock),
    "getKey: after close": lambda s, sock: ended(s, sock).get_key(sock),
    "register: after close": lambda s, sock: ended(s, sock).register(sock, READ),
    "unregister: after close": lambda s, sock: ended(s, sock).unregister(sock),
    "modify: after close": lambda s, sock: ended(s, sock).modify(sock, WRITE),
    "select: after close": lambda s, sock: ended(s, sock).select(0),
    "close: twice": lambda s, sock: ended(s, sock).close(),
    "select: a closed descriptor that is registered": lambda s, sock: with_closed(s, sock).select(0),
    "select: timeout NaN": lambda s, sock: registered(s, sock, WRITE).select(NAN),
    "select: timeout -1": lambda s, sock: registered(s, sock).select(-1),
    "select: timeout -Infinity": lambda s, sock: registered(s, sock).select(-INFINITY),
    "select: timeout Infinity": lambda s, sock: registered(s, sock, WRITE).select(INFINITY),
    "select: timeout that is a text": lambda s, sock: registered(s, sock, WRITE).select("1"),
}

SELECT = {
    "select: a closed descriptor": lambda sock: select.select([999], [], [], 0),
    "select: a closed descriptor among the exceptional": lambda sock: select.select([], [], [999], 0),
    "select: above FD_SETSIZE": lambda sock: select.select([above_limit(sock)], [], [], 0),
    "select: a negative number": lambda sock: select.select([-1], [], [], 0),
    "select: no file object": lambda sock: select.select([{}], [], [], 0),
    "select: timeout NaN": lambda sock: select.select([sock], [], [], NAN),
    "select: timeout -1": lambda sock: select.select([], [sock], [], -1),
    "poll: a closed descriptor": lambda sock: polled(999).poll(0),
    "poll: register a negative number": lambda sock: polled(-1),
    "poll: register no file object": lambda sock: polled({}),
    "poll: modify unknown": lambda sock: select.poll().modify(sock, 1),
    "poll: unregister unknown": lambda sock: select.poll().unregister(sock),
    "poll: timeout NaN": lambda sock: polled(sock).poll(NAN),
    "poll: timeout -1": lambda sock: polled(sock).poll(-1),
}


def polled(fileobj):
    p = select.poll()
    p.register(fileobj, select.POLLOUT)
    return p


def raised(call):
    one, other = socket.socketpair()
    try:
        call(one)
    except OSError as error:
        return errno.errorcode[error.errno]
    except Exception as error:
        return type(error).__name__
    finally:
        other.close()
    return "none"


def of_selector(Selector):
    return {name: raised(lambda sock: case(Selector(), sock)) for name, case in SELECTOR.items()}


print(
    json.dumps(
        {
            **{
                Selector.__name__: of_selector(Selector)
                for Selector in (selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector)
            },
            "select": {name: raised(case) for name, case in SELECT.items()},
        }
    )
)
