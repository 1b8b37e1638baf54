# One configuration for each of the servers; `workerd serve` is told which.
using Workerd = import "/workerd/workerd.capnp";

const echoPoll :Workerd.Config = (services = [(name = "main", worker = (
  modules = [
    (name = "worker.js", esModule = .script),
    (name = "program.wasm", wasm = embed "../../../dist/programs/echo-poll.wasm"),
  ],
  compatibilityDate = .date, compatibilityFlags = .flags, durableObjectNamespaces = .objects,
  durableObjectStorage = (inMemory = void), bindings = .bindings,
))], sockets = .sockets);

const echoEpoll :Workerd.Config = (services = [(name = "main", worker = (
  modules = [
    (name = "worker.js", esModule = .script),
    (name = "program.wasm", wasm = embed "../../../dist/programs/echo-epoll.wasm"),
  ],
  compatibilityDate = .date, compatibilityFlags = .flags, durableObjectNamespaces = .objects,
  durableObjectStorage = (inMemory = void), bindings = .bindings,
))], sockets = .sockets);

const echoSelectors :Workerd.Config = (services = [(name = "main", worker = (
  modules = [
    (name = "worker.js", esModule = .script),
    (name = "program.wasm", wasm = embed "../../../dist/programs/echo-selectors.wasm"),
  ],
  compatibilityDate = .date, compatibilityFlags = .flags, durableObjectNamespaces = .objects,
  durableObjectStorage = (inMemory = void), bindings = .bindings,
))], sockets = .sockets);

# What they have in common.
const script :Text = embed "../../../dist/tests/workers/matrix.js";
const date :Text = "2026-11-01";
# For the handler `connect`.
const flags :List(Text) = ["experimental"];
const objects :List(Workerd.Worker.DurableObjectNamespace) =
  [(className = "Server", uniqueKey = "pollux-echo", preventEviction = true)];
const bindings :List(Workerd.Worker.Binding) = [
  (name = "SERVER", durableObjectNamespace = "Server"),
  (name = "ARGS", fromEnvironment = "POLLUX_ARGS"),
];
const sockets :List(Workerd.Socket) = [(name = "tcp", address = "127.0.0.1:0", tcp = (), service = "main")];
