/**
 * The sockets that the engine watches: the descriptors that the kernel's epoll watches too; or Node's sockets, or a simulated
 * network, beside the kernel's.
 */
export type Configuration = "posix" | "net" | "simulated";
