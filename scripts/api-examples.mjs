/**
 * Examples of the API reference, by module and export. Those of classes are in their docstrings in src/.
 *
 * In TypeScript, `loop`, `token`, `core`, `socket`, `listener`, `module`, `bytes` and `driver` are given. In AssemblyScript, `listener`, `fd`, `epoll`,
 * `events` and `buffer` are given.
 */
export const EXAMPLES = {
  pollux: {
    Core: "using core = await Core.open();\nconst [ours, theirs] = Socket.pair(core);",
    selectSync: "const [readable, writable] = selectSync(core, [listener], [socket], [], 100);",
    select: "const [readable] = await select(core, [listener, socket], [], [], 1000);",
    setFdSetSize: "setFdSetSize(core, 4096);",
    SelectSelector: "using selector = new SelectSelector(core);\nselector.register(listener, EVENT_READ);",
    PollSelector: "using selector = new PollSelector(core);\nselector.register(listener, EVENT_READ);",
    EpollSelector: "using selector = new EpollSelector(core);\nselector.register(listener, EVENT_READ);",
  },
  "pollux/loop": {
    defaultLoop: "const shared = await defaultLoop();\nshared.callSoon(() => shared.stop());",
    Timer: "const timer = loop.callLater(5000, () => socket.close());\ntimer.cancel();",
    Hook: 'const hook = loop.onSignal("SIGTERM", () => loop.stop());\nhook.cancel();',
    wake: "wake(token); // in a worker that was given waker.token",
  },
  "pollux/host": {
    run: 'const status = await run(module, { args: ["server"], listen: ["127.0.0.1:8080"], stdout: console.log });',
    limitMemory: "const module = await WebAssembly.compile(limitMemory(bytes, 256)); // 16 MiB",
    formatAddress: 'formatAddress({ host: "::1", port: 80 }); // "[::1]:80"',
    parseAddress: 'parseAddress("127.0.0.1:80"); // { host: "127.0.0.1", port: 80 }',
    describeRefusal: "await run(module, { onRefused: (refusal) => console.error(describeRefusal(refusal)) });",
    describeMissingListener:
      "await run(module, { onMissingListener: (fd) => console.error(describeMissingListener(fd)) });",
    WasiHost:
      'const host = await WasiHost.open({ listen: ["127.0.0.1:8080"], sleep: "suspending" });\n' +
      "const instance = await WebAssembly.instantiate(module, host.imports);\n" +
      "const status = await host.startAsync(instance);\nhost.dispose();",
    CallStatistics:
      "const statistics = new CallStatistics();\nawait run(module, { statistics });\nconsole.log(statistics.toString());",
  },
  "pollux/host/web": {
    SimulatedDriver:
      "const core = await Core.open({ driver: new SimulatedDriver({ latency: [1e6, 5e6] }) }); // 1 to 5 ms",
    WebDriver: 'await run(module, { driver: new WebDriver(), listen: ["0.0.0.0:7"] }); // in a Durable Object',
  },
  "pollux/assembly": {
    accept: "const client = accept(listener);\nif (client >= 0) ctl(epoll, EPOLL_CTL_ADD, client, EPOLLIN, 0);",
    inherited: "const first = inherited(0); // the listener of --listen",
    connect: 'const server = connect("127.0.0.1", 8080); // EPOLLOUT: connected; then ask takeError',
    localAddress: "trace(localAddress(fd));",
    peerAddress: "trace(peerAddress(fd));",
    takeError: "if (takeError(fd) != 0) close(fd);",
    listenArgument: "const address = listenArgument(0); // component: the address behind the first --listen",
    recv: "const received = recv(fd, buffer, 4096);\nif (received == 0) close(fd); // end of stream\nelse if (received == -EAGAIN) return;",
    send: "const sent = send(fd, buffer, 4096); // may be short: wait for EPOLLOUT to send the rest",
    shutdown: "shutdown(fd, 2); // the peer reads an end of stream",
    setNoDelay: "setNoDelay(fd); // sends small messages at once",
    setKeepAlive: "setKeepAlive(fd, true);",
    close: "close(fd);",
    openDatagrams: 'const socket = openDatagrams("127.0.0.1:53"); // [::1]:53, 0.0.0.0:0',
    connectDatagrams: 'if (connectDatagrams(fd, "127.0.0.1:53") == 0) send(fd, buffer, 4096);',
    sendTo: 'const sent = sendTo(fd, buffer, 4096, "127.0.0.1:53"); // whole, or a negated errno',
    receiveFrom:
      "const length = receiveFrom(fd, buffer, 65_507);\nif (length >= 0) sendTo(fd, buffer, length, sender());",
    sendToPeer: 'if (connectDatagrams(fd, "127.0.0.1:53") == 0) sendToPeer(fd, buffer, 12);',
    sender: "if (receiveFrom(fd, buffer, 4096) >= 0) print(sender());",
    standardInput: "const input = standardInput();\nif (input >= 0) ctl(epoll, EPOLL_CTL_ADD, input, EPOLLIN, 0);",
    read: "const typed = read(0, buffer, 4096);\nif (typed == 0) close(0); // the end of standard input",
    create: "const instance = create();",
    ctl: "ctl(epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, 0);",
    wait:
      "const count = wait(epoll, events, 64, -1);\n" +
      "for (let index = 0; index < count; index++) {\n" +
      "  const ready = load<i32>(events + index * EPOLL_EVENT_SIZE, EPOLL_EVENT_FD);\n}",
    EpollEvents:
      "const ready = new EpollEvents(epoll);\nready.wait();\n" +
      "for (let index = 0; index < ready.count; index++) recv(ready.fd(index), buffer, 4096);",
    closeEpoll: "closeEpoll(epoll);",
    isCurrent: "if (isCurrent(epoll, events)) close(load<i32>(events, EPOLL_EVENT_FD));",
    lastDelivery: "const delivery = lastDelivery(epoll);\nif (isCurrent(epoll, events, delivery)) close(fd);",
    rearm: "rearm(fd); // without exact edges: report unread data again",
    capabilities: "if ((capabilities() & EXACT_EDGES) == 0) rearm(fd);",
    poll:
      "const fds = memory.data(POLLFD_SIZE);\nstore<i32>(fds, fd, POLLFD_FD);\nstore<u16>(fds, EPOLLIN, POLLFD_EVENTS);\n" +
      "if (poll(fds, 1, 1000) > 0) recv(fd, buffer, 4096);",
    PollFds:
      "const entries = new PollFds();\nentries.add(fd, EPOLLIN);\nif (entries.poll(1000) > 0) recv(entries.fd(0), buffer, 4096);",
    select:
      "const readers = memory.data(128, 4); // FD_SETSIZE bits\nconst word = readers + ((fd >> 5) << 2);\n" +
      "store<u32>(word, load<u32>(word) | (1 << (fd & 31)));\nselect(fd + 1, readers, 0, 0, -1);",
    selectLists: "const ready = selectLists([fd], [], []);\nif (ready.readable.includes(fd)) recv(fd, buffer, 4096);",
    SelectedLists:
      "const ready: SelectedLists = selectLists([], [fd], [], 1000);\nif (ready.writable.length == 0) close(fd); // not in time",
    setFdSetSize: "setFdSetSize(4096);",
    watchBeside:
      "const fds = memory.data(POLLFD_SIZE);\nstore<i32>(fds, epoll, POLLFD_FD);\nstore<u16>(fds, EPOLLIN, POLLFD_EVENTS);\n" +
      "watchBeside(fds, 1);\nselect(0, 0, 0, 0, -1); // waits for the epoll instance",
    Selector: "const selector: Selector<i32> = new DefaultSelector<i32>();",
    EpollSelector: "const selector = new EpollSelector<i32>();\nselector.register(new Descriptor(fd), EVENT_READ, 7);",
    PollSelector: "const selector = new PollSelector<i32>();\nselector.register(new Descriptor(fd), EVENT_READ, 7);",
    SelectSelector:
      "const selector = new SelectSelector<i32>();\nselector.register(new Descriptor(fd), EVENT_READ, 7);",
    Descriptor: "class Client extends Descriptor {\n  line: u8[] = [];\n}",
    setOperation: "setOperation(buffer, OP_RECV, fd, buffer + OPERATION_SIZE, 4096);",
    submitBatch:
      "setOperation(buffer, OP_RECV, fd, buffer + OPERATION_SIZE, 4096);\nsubmitBatch(buffer, 1);\n" +
      "const received = load<i32>(buffer, OPERATION_RESULT);",
    Loop: "const loop = new Loop();\nconst timer = loop.callLater(1000, new Later());\nloop.run(); // until nothing is open",
    defaultLoop: "defaultLoop().run();",
    Callback: 'class Later extends Callback {\n  call(): void {\n    print("later");\n  }\n}',
    Timer: "const timer = defaultLoop().callEvery(1000, new Later());\ntimer.cancel();",
    Hook: "const hook = defaultLoop().onPrepare(new Later());\nhook.cancel();",
    StreamHandler:
      "class Echo extends StreamHandler {\n  onData(stream: TcpStream, bytes: Uint8Array): void {\n" +
      "    if (!stream.tryWrite(bytes)) stream.abort(); // the peer does not read\n  }\n}",
    ListenerHandler:
      "class Server extends ListenerHandler {\n  onConnection(_stream: TcpStream): StreamHandler {\n    return new Echo();\n  }\n}",
    TcpListener: "TcpListener.inherit(new Server());",
    TcpStream:
      'const stream = connectTcp("127.0.0.1", 8080);\nstream.tryWriteText("hello");\nstream.close(); // when it is sent',
    connectTcp: 'const stream = connectTcp("127.0.0.1", 8080, new Echo(), 5000);',
    Waker: "const waker = Waker.inherit(new Later()); // others write to the standard input\nwaker.close();",
    UdpSocket:
      'const socket = UdpSocket.open("127.0.0.1:53", new Answers());\nconst full = socket.send(new Uint8Array(4), "127.0.0.1:5353") == -EAGAIN;',
    DatagramHandler:
      "class Answers extends DatagramHandler {\n  onDatagram(socket: UdpSocket, bytes: Uint8Array, from: string): void {\n" +
      "    socket.send(bytes, from);\n  }\n}",
    errorCode: "printError(errorCode(EAGAIN)); // EAGAIN",
    print: 'print("hello"); // as console.log',
    printError: 'if (args().length < 2) printError("usage: server NAME");',
    monotonicTime: "const began = monotonicTime();\nconst milliseconds = monotonicTime() - began;",
    wallTime: "const milliseconds = wallTime(); // since 1970",
    args: "const first = args()[1];",
    env: 'const language = env().has("LANG") ? env().get("LANG") : "C";',
    exit: "exit(1);",
    randomBytes: "randomBytes(buffer, 16);",
    randomBits: "const id = randomBits();",
    armSignal: "armSignal(fd, EPOLLIN); // the host calls the program's pollux_signal",
    openRing: "openRing(256);",
    pollux_ring: 'export { pollux_ring } from "pollux/assembly";',
    submit: "submit(OP_RECV, fd, buffer, 4096, <u64>fd);",
    nextCompletion:
      "for (let at = nextCompletion(); at != 0; at = nextCompletion()) {\n" +
      "  const received = load<i32>(at, COMPLETION_RESULT);\n  completionSeen();\n}",
    completionSeen: "if (nextCompletion() != 0) completionSeen();",
  },
};
