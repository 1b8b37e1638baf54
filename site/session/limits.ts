/** Bounds of a session: what an address or a script cannot exceed. */

/** Actions of a session. */
export const MAX_STEPS = 4_000;
/** Members of all crowds together, and of one action: more at once would take longer than a frame. */
export const MAX_CROWD = 60_000;
export const MAX_CROWD_STEP = 1_000;
/** Sockets, clients and instances, each, without crowds. */
export const MAX_OPEN = 256;
/** Instances: the first segment of the engine's table. */
export const MAX_INSTANCES = 64;
/** Bytes of one send, and events of one wait. */
export const MAX_LENGTH = 65_536;
export const MAX_EVENTS = 256;
/** Descriptors of one poll or select. */
export const MAX_MEMBERS = 256;
/** Milliseconds of one wait or one `advance`: an hour. */
export const MAX_MS = 3_600_000;
/** Bytes in a buffer of the network. */
export const MIN_BUFFER = 4;
export const MAX_BUFFER = 65_536;
/** Characters of an address fragment, and of a script. */
export const MAX_ADDRESS = 64_000;
export const MAX_SCRIPT = 16_000;
