/** Of AssemblyScript's runtime: a pinned object is not collected. */
declare function __pin(address: usize): usize;
declare function __unpin(address: usize): void;
