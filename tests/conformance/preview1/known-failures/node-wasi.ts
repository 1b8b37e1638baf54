/** uvwasi, as Node 20 has it. */
import type { Failures } from "./failures.ts";

export const nodeWasi: Failures = {
  fd_advise: { "of a directory is EISDIR": "EBADF" },
  fd_allocate: {
    "nothing, and what has a sign, are EINVAL": "no length at all succeeds",
    "of a directory is EISDIR": "ENOTCAPABLE",
  },
  fd_datasync: { "succeeds for a file and a directory": "a directory is not opened with that right: EISDIR" },
  fd_fdstat_get: {
    "tells a file's kind, flags and rights": "the system's flags are shown too",
    "a granted directory may do, and hand on, all that the libraries ask for": "the system's flags are shown too",
  },
  fd_fdstat_set_flags: {
    "APPEND can be set and taken back": "the system's flags are shown too",
    "NONBLOCK can be set, and changes nothing for a file": "the system's flags are shown too",
    "how it is written through cannot be changed: ENOTSUP": "succeeds, and changes nothing",
    "an unknown flag is EINVAL": "succeeds",
  },
  fd_filestat_set_size: { "of a directory is EISDIR": "ENOTCAPABLE" },
  fd_filestat_set_times: {
    "sets one time or both, to the microsecond, and leaves the other": "whole seconds; the other time becomes 1970",
    "sets times to the nanosecond, and leaves the other to the nanosecond": "whole seconds",
  },
  fd_pread: { "of a directory is EISDIR": "ENOTCAPABLE" },
  fd_prestat_get: { "of what was opened is EBADF, and of what is not open": "EINVAL" },
  fd_prestat_dir_name: { "into too little room is ENAMETOOLONG": "ENOBUFS" },
  fd_pwrite: { "to a directory is EISDIR": "ENOTCAPABLE" },
  fd_read: { "of a directory is EISDIR": "ENOTCAPABLE" },
  fd_readdir: {
    "lists names with their kinds and numbers, the directory itself among them": "no dots",
    "fills the room that there is, and cuts the last entry off": "no dots",
    "lists what is there each time it begins": "no dots",
    "no name is missed when each page's names are removed before the next one": "names are missed",
    "of a file is ENOTDIR, of what is not open EBADF": "ENOTCAPABLE",
  },
  fd_seek: {
    "the right to tell is enough to stay, and not to go": "ENOTCAPABLE",
    "in a directory is EISDIR": "ENOTCAPABLE",
  },
  fd_tell: {
    "the right to seek is enough; without both it is ENOTCAPABLE": "ENOTCAPABLE with the right to seek",
    "of a directory is EISDIR": "ENOTCAPABLE",
  },
  fd_write: { "to a directory is EISDIR": "ENOTCAPABLE" },
  path_create_directory: {
    "makes a directory, with a slash behind its name too": "makes it; no dots in it",
    "by a name that is too long is ENAMETOOLONG": "many dots are no long name",
  },
  path_filestat_get: {
    "what is not there is ENOENT, also behind a link": "EINVAL for the empty name",
    "an unknown flag is EINVAL": "succeeds",
    "in a file is ENOTDIR, in what is not open EBADF": "ENOTCAPABLE",
  },
  path_filestat_set_times: {
    "sets a file's and a directory's times": "whole seconds",
    "sets times to the nanosecond, of a file, a directory and a link": "whole seconds",
    "one that is to be given and now is EINVAL, and so is an unknown flag": "an unknown lookup flag succeeds",
  },
  path_link: { "an unknown flag is EINVAL": "succeeds" },
  path_open: {
    "FD_READ and FD_WRITE choose the mode; what the mode leaves out is EBADF": "ENOTCAPABLE",
    "a file that is opened with no rights is read, and has all rights but to be written": "no rights",
    "a file that is made with no rights is read and written": "no rights",
    "without FD_WRITE the file's size cannot be set": "it is set with FD_FILESTAT_SET_SIZE alone",
    "a directory that is opened with no rights can do all that its directory can": "no rights",
    "a directory that is opened with few rights, or few to hand on, can do and hand on all": "those rights alone",
    "a mode that the directory does not hand on is ENOTCAPABLE": "ENOTCAPABLE for a file without rights",
    "opens a directory, asked for as one or not, with a slash or without": "opens it; no dots in it",
    "EXCL refuses what is there, a link that leads nowhere too: EEXIST": "makes what the link leads to",
    "what is not there, and the empty name, are ENOENT": "EINVAL for the empty name",
    "a file as a directory, or with a slash behind it, is ENOTDIR": "opens file/.",
    "a slash behind a link to a directory follows it, asked for or not": "ELOOP",
    "forty links are followed, and no more": "ELOOP sooner",
    "names that are too long are ENAMETOOLONG": "many dots are no long name",
    "CREAT with DIRECTORY, and flags that mean nothing, are EINVAL": "unknown flags succeed",
    "DSYNC and SYNC need the rights to do that": "SYNC is not shown",
    "in a file is ENOTDIR, in what is not open EBADF": "ENOTCAPABLE",
  },
  path_readlink: { "writes as much as there is room for": "ENOBUFS" },
  path_remove_directory: {
    "what is not there is ENOENT, and the directory by its own dot EINVAL": "removes it by its dot",
  },
  path_symlink: {
    "makes a link of any relative text, whether or not it leads to anything": "ENOTCAPABLE for ../elsewhere",
    "with a slash behind a new name, in what is not there, or of nothing, is ENOENT": "EINVAL for the empty text",
    "a text with a NUL in it is EINVAL, one that is no UTF-8 EILSEQ": "a text that is no UTF-8 succeeds",
  },
  path_unlink_file: { "what is not there is ENOENT": "EINVAL for the empty name" },
};
