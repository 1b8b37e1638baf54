/**
 * The version of the ABI that this folder defines. A guest and a host with different major versions do not understand each other.
 * One with a larger minor version knows more operations. The guest's first operation is OP_VERSION. OP_VERSION, its record,
 * READY_FILE and fd_fdstat_get are the same in every version.
 */
export const ABI_MAJOR = 1;
export const ABI_MINOR = 2;
/** The value that OP_VERSION exchanges: the major version is in the upper 16 bits. */
export const ABI_VERSION = (ABI_MAJOR << 16) | ABI_MINOR;
