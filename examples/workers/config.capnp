# What `workerd serve` needs to know: see worker.js.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    # Where connections out may go to; without this workerd allows public addresses alone.
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [
    (name = "tcp", address = "127.0.0.1:7777", tcp = (), service = "main"),
    (name = "http", address = "127.0.0.1:8787", http = (), service = "main"),
  ],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "../../dist/examples/worker.js"),
    (name = "pollux/wasm/programs/client.wasm", wasm = embed "../../dist/programs/client.wasm"),
    (name = "pollux/wasm/programs/echo-epoll.wasm", wasm = embed "../../dist/programs/echo-epoll.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  # For the handler `connect`.
  compatibilityFlags = ["experimental"],
  durableObjectNamespaces = [(className = "Server", uniqueKey = "pollux-echo", preventEviction = true)],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "SERVER", durableObjectNamespace = "Server")],
);
