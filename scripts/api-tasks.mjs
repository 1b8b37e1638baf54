/** Groups the exports by task, in the order of the API reference. */

const POLL_CONSTANTS = "POLL(IN|PRI|OUT|ERR|HUP|NVAL|RDNORM|RDBAND|WRNORM|WRBAND|MSG|RDHUP)";

/** By module: tasks with the names of their exports. The first match counts. */
export const TASKS = {
  pollux: [
    ["Open a core", /^(Core|CoreOptions|Capabilities)$/],
    ["Sockets", /^(Socket|SocketAddress|AGAIN)$/],
    ["Wait with epoll", /^(Epoll|EpollEvents|EPOLL[A-Z_]*)$/],
    ["Wait with poll", new RegExp(`^(Poll|${POLL_CONSTANTS})$`)],
    ["Wait with select", /^(select|selectSync|setFdSetSize|SelectReady|FD_SETSIZE)$/],
    ["Wait with selectors", /^(\w*Selector|SelectorKey|ReadyKeys?|DataArgument|EVENT_\w+)$/],
    ["Descriptors, timeouts and signals", /^(Fileno|WaitOptions)$/],
    ["Errors", /Error$/],
    ["Write a driver", /^(Driver|EdgeQueue|MutableAddress|RecvFlags|IoVector)$/],
    ["Call core.wasm yourself", /^CoreExports$/],
  ],
  "pollux/loop": [
    ["Open and run a loop", /^(Loop|LoopOptions|defaultLoop)$/],
    ["Timers, hooks, wakers and signals", /^(Timer|Hook|Waker|wake|SignalName)$/],
    ["Connections", /^(connect|ConnectOptions|TcpStream|Stream\w+|TimedOptions)$/],
    ["Listeners and servers", /^(TcpListener|ListenOptions|serve|Server|ServeOptions|ConnectionHandler)$/],
    ["Datagrams and names", /^(UdpSocket|UdpOptions|Datagram|lookup|LookupOptions)$/],
    ["Errors", /Error$/],
  ],
  "pollux/host": [
    ["Run a program", /^(run|RunOptions|RunLimits|Input|Output|NodeOutput|OutputStream|DriverEnd)$/],
    ["Instantiate the module yourself", /^(WasiHost|WasiHostOptions|HostLimits|Imports|limitMemory)$/],
    ["Addresses and refusals", /^(formatAddress|parseAddress|describe\w+|Refusal)$/],
    ["Files and directories", /^(Base|BaseName|GrantedDirectory)$/],
    ["Trace and count calls", /^(TraceOptions|CallStatistics)$/],
    ["Errors", /Error$/],
    ["Write a driver", /^(Driver|EdgeQueue|MutableAddress|RecvFlags|IoVector|SocketAddress)$/],
    [
      "What only some drivers can do",
      /^(Adoption|Batches|BoundStreams|Datagrams|DeferredListening|Inheritance|SocketOptions|UnixPaths)$/,
    ],
  ],
  "pollux/host/web": [
    ["A network in memory", /^Simulated/],
    ["Cloudflare Workers", /^(Web|Workers)/],
    ["The same as in pollux/host", /./],
  ],
  "pollux/assembly": [
    [
      "Sockets",
      /^(accept|inherited|connect|localAddress|peerAddress|takeError|listenArgument|recv|send|shutdown|setNoDelay|setKeepAlive|close|standardInput|read)$/,
    ],
    ["Datagrams", /^(\w+Datagrams|sendTo|sendToPeer|receiveFrom|sender)$/],
    [
      "Wait with epoll",
      /^(create|ctl|wait|EpollEvents|closeEpoll|isCurrent|lastDelivery|rearm|capabilities|EDGES_BEHIND_READ_DATA|EXACT_EDGES|HANGUPS|EPOLL\w*)$/,
    ],
    ["Wait with poll", /^(poll|PollFds|POLL\w*)$/],
    ["Wait with select", /^(select|selectLists|SelectedLists|setFdSetSize|FD_SETSIZE|watchBeside)$/],
    ["Wait with selectors", /^(\w*Selector|SelectorKey|KeyMap|ReadyKeys|FileObject|Descriptor|EVENT_\w+)$/],
    ["Receive and send for many connections at once", /^(submitBatch|setOperation|OPERATION_\w+|OP_\w+)$/],
    [
      "Return to the host: signals and completions",
      /^(armSignal|submit|openRing|nextCompletion|completionSeen|pollux_ring|COMPLETION_\w+)$/,
    ],
    ["The event loop", /^(Loop|defaultLoop|Callback|Timer|Hook|Waker)$/],
    ["Streams and datagrams on the loop", /^(connectTcp|Tcp\w+|UdpSocket|\w+Handler)$/],
    ["Output, clocks, arguments, random numbers", /^(print|printError|errorCode|\w+Time|args|env|exit|random\w+)$/],
    ["Readiness", /^(ALWAYS|READABLE|READINESS|WRITABLE)$/],
    ["Error numbers", /^E[A-Z\d]+$/],
  ],
};
