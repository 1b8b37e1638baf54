/**
 * What the other bases do differently, by case: all of it, and each with what they do. A case that is listed here and
 * passes is a failure of the test, so the list is as long as it has to be. docs/host.md shows it as a table.
 */

/** By base, then by call and case. */
export const KNOWN_FAILURES: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  /** Our own, on a platform that does not let a file be opened once more by its descriptor. */
  "minimal, by paths": {
    fd_fdstat_set_flags: { "APPEND can be set and taken back": "ENOTSUP" },
  },

  /** uvwasi, as Node 20 has it. */
  "node-wasi": {
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
      "one that is to be given and now is EINVAL, and so is an unknown flag": "an unknown lookup flag succeeds",
    },
    path_link: { "an unknown flag is EINVAL": "succeeds" },
    path_open: {
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
  },

  /** @wasmer/wasi 1.2.2, whose file system is in memory: it has no links that were there before, and no rights. */
  "wasmer-wasi": {
    fd_advise: {
      "an unknown advice is EINVAL": "EIO",
      "a length with a sign is EINVAL": "succeeds",
      "without the right is ENOTCAPABLE": "no rights",
      "of a directory is EISDIR": "succeeds",
    },
    fd_allocate: {
      "makes the file as long as it has to be, and no shorter": "cuts it",
      "nothing, and what has a sign, are EINVAL": "no length at all succeeds",
      "what no file has is EFBIG": "EIO",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_close: { "ends a descriptor, and leaves another of the same file": "the other cannot be read any more" },
    fd_datasync: {
      "succeeds for a file and a directory": "EISDIR for a directory",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_fdstat_get: {
      "tells a file's kind, flags and rights": "all rights",
      "rights that mean nothing for what was opened are not there": "all rights",
    },
    fd_fdstat_set_flags: {
      "APPEND can be set and taken back": "writes at the start",
      "how it is written through cannot be changed: ENOTSUP": "succeeds",
      "an unknown flag is EINVAL": "succeeds",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_fdstat_set_rights: {
      "gives up rights, and they are gone": "EACCES",
      "what a directory does not hand on any more cannot be had from it": "no rights",
      "adding one, to use or to hand on, is ENOTCAPABLE": "succeeds",
    },
    fd_filestat_get: {
      "tells kind, size and links of a file, and who it is": "every file has the number 0 by name",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_filestat_set_size: {
      "cuts, and fills with zeros": "EBADF when filled",
      "a size with a sign is EINVAL, one that no file has EFBIG": "EIO",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_filestat_set_times: {
      "to now, by the host's clock": "EIO",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_pread: {
      "an offset with a sign is EINVAL": "EIO",
      "without the right to read, or to seek, is ENOTCAPABLE": "no rights",
    },
    fd_pwrite: {
      "writes at an offset, and leaves the position": "inserts",
      "beyond the end fills the gap with zeros": "writes at the end",
      "an offset with a sign is EINVAL, one that no file has EFBIG": "EIO",
      "without the right to write, or to seek, is ENOTCAPABLE": "no rights",
    },
    fd_read: {
      "of a file that was removed or renamed goes on": "EIO",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_readdir: {
      "lists names with their kinds and numbers, the directory itself among them": "no links",
      "fills the room that there is, and cuts the last entry off": "no links",
      "no name is missed when each page's names are removed before the next one": "names are missed",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_renumber: { "moves a file to another's number, with its position and its rights": "no rights" },
    fd_seek: {
      "beyond the end is allowed, and nothing until something is written": "writes at the end",
      "before the start is EINVAL, and goes nowhere": "succeeds",
      "where no sum can be is EINVAL": "succeeds",
      "an unknown whence is EINVAL": "EIO",
      "the right to tell is enough to stay, and not to go": "no rights",
      "in a directory is EISDIR": "succeeds",
    },
    fd_sync: {
      "succeeds for a file and a directory": "EISDIR for a directory",
      "without the right is ENOTCAPABLE": "no rights",
    },
    fd_tell: {
      "the right to seek is enough; without both it is ENOTCAPABLE": "no rights",
      "of a directory is EISDIR": "succeeds",
    },
    fd_write: {
      "takes one buffer after the other, at the position": "inserts",
      "appends where that was asked for, wherever the position is": "writes at the start",
      "without the right is ENOTCAPABLE": "no rights",
    },
    path_create_directory: {
      "by a name that there is, also of a link that leads nowhere, is EEXIST": "ENOTDIR",
      "in what is not there is ENOENT, in a file ENOTDIR": "succeeds",
      "outside is ENOTCAPABLE": "EACCES",
      "without the right is ENOTCAPABLE": "no rights",
      "by a name that is too long is ENAMETOOLONG": "succeeds",
    },
    path_filestat_get: {
      "tells what stands there: a file, a directory, a link": "no links",
      "follows a link where that was asked for, or a slash stands behind it": "no links",
      "what is not there is ENOENT, also behind a link": "the empty name succeeds",
      "a file with a slash behind it, or a name in it, is ENOTDIR": "a file with a slash succeeds",
      "links in a circle are ELOOP, unless one is meant itself": "no links",
      "outside is ENOTCAPABLE, whether or not there is anything": "two dots lead to its own root",
      "without the right is ENOTCAPABLE": "no rights",
      "an unknown flag is EINVAL": "succeeds",
    },
    path_filestat_set_times: {
      "sets a file's and a directory's times": "whole seconds at best",
      "sets a link's own, unless it is to be followed": "no links",
      "to now, and not at all": "sets nothing",
      "one that is to be given and now is EINVAL, and so is an unknown flag": "succeeds",
      "outside, and without the right, is ENOTCAPABLE": "no links",
    },
    path_link: {
      "gives a file a second name, in another directory too": "one link",
      "of a link is of the link itself, unless it is to be followed": "no links",
      "to a name that there is, is EEXIST": "succeeds",
      "of a directory is EPERM": "succeeds",
      "of what is not there, or with a slash behind the new name, is ENOENT": "a slash succeeds",
      "of a file with a slash behind it is ENOTDIR": "succeeds",
      "from or to the outside is ENOTCAPABLE": "EINVAL",
      "without the right to either end is ENOTCAPABLE": "no rights",
      "an unknown flag is EINVAL": "succeeds",
    },
    path_open: {
      "opens a file for reading alone, and for writing": "no rights",
      "with no rights at all opens, and gives none": "all rights",
      "what does not fit a file or a directory is left out of its rights": "all rights",
      "CREAT through a link that leads nowhere makes what it leads to": "no links",
      "EXCL refuses what is there, a link that leads nowhere too: EEXIST": "succeeds",
      "what is not there, and the empty name, are ENOENT": "succeeds",
      "a file as a directory, or with a slash behind it, is ENOTDIR": "succeeds",
      "a directory for writing is EISDIR, and so is making a file with a slash behind it": "succeeds",
      "a link is followed where that was asked for, else it is ELOOP": "no links",
      "a slash behind a link to a directory follows it, asked for or not": "no links",
      "links in a circle are ELOOP": "no links",
      "forty links are followed, and no more": "EIO",
      "outside, by dots, links or absolute names, is ENOTCAPABLE": "its own root succeeds",
      "outside of a directory that was opened, though inside of the granted one, is ENOTCAPABLE": "succeeds",
      "names that are no UTF-8 are EILSEQ, with a NUL in them EINVAL": "EINVAL",
      "names that are too long are ENAMETOOLONG": "ENOENT",
      "CREAT with DIRECTORY, and flags that mean nothing, are EINVAL": "ENOTDIR",
      "more rights than the directory hands on are ENOTCAPABLE": "no rights",
      "without the right to open, to make or to empty is ENOTCAPABLE": "no rights",
      "DSYNC and SYNC need the rights to do that": "no rights",
    },
    path_readlink: {
      "tells where a link leads, also one that leads nowhere or outside": "no links",
      "writes as much as there is room for": "no links",
      "of what is no link is EINVAL": "no links",
      "of what is not there is ENOENT, of a file with a slash ENOTDIR": "no links",
      "outside, and without the right, is ENOTCAPABLE": "no rights",
    },
    path_remove_directory: {
      "a file, and a link to a directory, are ENOTDIR": "ENOENT",
      "what is not there is ENOENT, and the directory by its own dot EINVAL": "succeeds",
      "without the right is ENOTCAPABLE": "no rights",
    },
    path_rename: {
      "moves a directory, with slashes or without, also over an empty one": "what was in it is lost",
      "moves a link itself, wherever it leads": "no links",
      "to the same name changes nothing": "EIO, and the file is lost",
      "a directory over one with something in it is ENOTEMPTY": "succeeds",
      "a file over a directory is EISDIR, a directory over a file ENOTDIR": "succeeds",
      "a file with a slash, at either end, is ENOTDIR": "succeeds",
      "a directory into itself is EINVAL": "succeeds",
      "without the right to either end is ENOTCAPABLE": "no rights",
    },
    path_symlink: {
      "leads to it relative to where the link is": "EIO when opened",
      "by a name that there is, is EEXIST": "succeeds",
      "with a slash behind a new name, in what is not there, or of nothing, is ENOENT": "succeeds",
      "an absolute text, or a name outside, is ENOTCAPABLE": "an absolute text succeeds",
      "without the right is ENOTCAPABLE": "no rights",
      "a text with a NUL in it is EINVAL, one that is no UTF-8 EILSEQ": "succeeds",
    },
    path_unlink_file: {
      "removes a file, and a link without what it leads to": "no links",
      "a directory is EISDIR, with a slash behind it too": "EINVAL",
      "a file or a link with a slash behind it is ENOTDIR": "no links",
      "what is not there is ENOENT": "EINVAL",
      "outside, and without the right, is ENOTCAPABLE": "no rights",
    },
  },
};
