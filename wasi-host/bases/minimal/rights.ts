/**
 * Which rights mean something for files and for directories.
 *
 * A directory hands on no more than its inheriting rights; an open file keeps those of them that mean something for its
 * kind. Rights can be given up and never be had again.
 */
import { Rights } from "../../rights.ts";

const FOR_EITHER =
  Rights.FD_DATASYNC |
  Rights.FD_FDSTAT_SET_FLAGS |
  Rights.FD_SYNC |
  Rights.FD_FILESTAT_GET |
  Rights.FD_FILESTAT_SET_TIMES |
  Rights.POLL_FD_READWRITE;

export const FILE_RIGHTS =
  FOR_EITHER |
  Rights.FD_READ |
  Rights.FD_SEEK |
  Rights.FD_TELL |
  Rights.FD_WRITE |
  Rights.FD_ADVISE |
  Rights.FD_ALLOCATE |
  Rights.FD_FILESTAT_SET_SIZE;

export const DIRECTORY_RIGHTS =
  FOR_EITHER |
  Rights.PATH_CREATE_DIRECTORY |
  Rights.PATH_CREATE_FILE |
  Rights.PATH_LINK_SOURCE |
  Rights.PATH_LINK_TARGET |
  Rights.PATH_OPEN |
  Rights.FD_READDIR |
  Rights.PATH_READLINK |
  Rights.PATH_RENAME_SOURCE |
  Rights.PATH_RENAME_TARGET |
  Rights.PATH_FILESTAT_GET |
  Rights.PATH_FILESTAT_SET_SIZE |
  Rights.PATH_FILESTAT_SET_TIMES |
  Rights.PATH_SYMLINK |
  Rights.PATH_REMOVE_DIRECTORY |
  Rights.PATH_UNLINK_FILE;

/** Those for which the file has to be open for writing. */
export const WRITING_RIGHTS = Rights.FD_WRITE | Rights.FD_ALLOCATE | Rights.FD_FILESTAT_SET_SIZE;
/** Those for which it has to be open for reading. */
export const READING_RIGHTS = Rights.FD_READ | Rights.FD_READDIR;
