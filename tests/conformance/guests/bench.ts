/** What the test's host gives its guest beside WASI. The file's name is the import module's. */

/** Two connected streams: two descriptors, the first in the lower half. */
export declare function pair(): u64;

/** Another process writes a byte to the stream soon, while the guest sleeps. */
export declare function writeLater(fd: i32): void;
