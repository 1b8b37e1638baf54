/** Limits, under the names that CONFIG GET has for them. Sizes are bytes. */

/** Of one argument, and so of a value. */
export const PROTO_MAX_BULK_LEN: i32 = 64 << 20;
/** Of a request that is not complete. */
export const CLIENT_QUERY_BUFFER_LIMIT: i32 = (64 << 20) + (1 << 20);
/** Of one reply. */
export const REPLY_LIMIT: i32 = 64 << 20;
/** Of what waits for a client that does not read: a subscriber is closed, another client's next requests wait. */
export const CLIENT_OUTPUT_BUFFER_LIMIT: i32 = 8 << 20;
/** Of all clients' requests, replies and subscriptions together. Above it, each of them is held to SCARCE. */
export const MAXMEMORY_CLIENTS: u64 = 256 << 20;
export const SCARCE: i32 = 64 << 10;
export const MAXCLIENTS: i32 = 10_000;
