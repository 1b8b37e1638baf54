/**
 * The rights that apply to files and to directories.
 *
 * As in wasmtime and wazero, path_open's arguments choose only the mode: FD_READ and FD_WRITE among the base rights. The other
 * rights of the new descriptor come from its directory, as far as they apply to its kind. fd_fdstat_set_rights removes rights
 * for good: a directory passes on at most its inheriting rights.
 */
import { Rights } from "../../abi/rights.ts";

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
