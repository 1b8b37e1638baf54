/** Epoll instances, indexed by their own descriptors. */
import { INSTANCE_FD_BASE } from "../abi/epoll";
import { Instance } from "../memory/layout";
import { capacity, entry, reach, SEGMENTS_SIZE } from "../memory/segments";

export const table = memory.data(SEGMENTS_SIZE, 8);
let used: u32 = 0;
let free: Instance | null = null;

/** A zeroed instance with its descriptor set; null if memory cannot grow. */
export function allocateInstance(): Instance | null {
  const freed = free;
  if (freed != null) {
    const fd = ~freed.fd;
    free = freed.nextFree;
    memory.fill(changetype<usize>(freed), 0, offsetof<Instance>());
    freed.fd = fd;
    return freed;
  }
  if (!reach(table, used, offsetof<Instance>())) return null;
  const instance = at(used);
  instance.fd = INSTANCE_FD_BASE + used++;
  return instance;
}

export function freeInstance(instance: Instance): void {
  instance.fd = ~instance.fd;
  instance.nextFree = free;
  free = instance;
}

export function isInstanceFd(fd: i32): bool {
  return fd >= INSTANCE_FD_BASE;
}

/** The open instance with this descriptor; null for any other number. */
export function instance(fd: i32): Instance | null {
  const index = <u32>(fd - INSTANCE_FD_BASE);
  if (fd < INSTANCE_FD_BASE || index >= min(used, capacity(table))) return null;
  const found = at(index);
  return found.fd == fd ? found : null;
}

function at(index: u32): Instance {
  return changetype<Instance>(entry(table, index, offsetof<Instance>()));
}
