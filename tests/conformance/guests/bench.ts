/** The calls that the test's host adds for its guest. The file's name is the import module's. */

/** Two connected streams: two descriptors, the first in the lower half. */
export declare function pair(): u64;

/** The two ends of a TCP connection. */
export declare function connection(): u64;

/** A one-way channel: the reading end in the lower half, the writing end in the upper. */
export declare function pipe(): u64;

/** A refused connection, with its error pending. */
export declare function refused(): i32;

export declare function regularFile(): i32;

/** One byte of urgent data. */
export declare function sendUrgent(fd: i32): void;

/** The next close of this TCP stream resets the connection. */
export declare function resetOnClose(fd: i32): void;

/** Another process writes a byte to the stream soon, while the guest sleeps. */
export declare function writeLater(fd: i32): void;

/** Another process signals this one soon, several times, while the guest sleeps. */
export declare function signalLater(): void;

/** The number of the guest's sleeps and looks so far: poll_oneoff and fd_write. */
export declare function waits(): i32;

/** Calls the guest's export `attempted`, and returns whether it trapped: a guest cannot catch otherwise. */
export declare function attempt(): bool;
