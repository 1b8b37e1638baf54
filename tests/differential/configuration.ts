/**
 * The sockets that the engine watches: the descriptors of the kernel's epoll too; or Node's sockets, or a simulated
 * network, beside the kernel's.
 */
export type Configuration = "posix" | "net" | "simulated";
