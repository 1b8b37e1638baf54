/** select(2)'s sets: arrays of 32-bit words, one bit for each descriptor. */

/** Default number of descriptors in a set; `sys/select.h`. */
export const FD_SETSIZE = 1024;
