/** Of AssemblyScript's runtime: an object that is pinned is not collected. */
declare function __pin(address: usize): usize;
declare function __unpin(address: usize): void;
