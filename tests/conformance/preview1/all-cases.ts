/** Every case, by the function of the witx that it is about, in the witx's order. */
import { descriptors } from "./cases/descriptors.ts";
import { directories } from "./cases/directories.ts";
import { names } from "./cases/names.ts";
import { opening } from "./cases/opening.ts";
import { process } from "./cases/process.ts";
import { status } from "./cases/status.ts";
import { transfers } from "./cases/transfers.ts";
import type { Cases } from "./rig.ts";

/** The functions of wasi_snapshot_preview1.witx, in its order. */
const WITX = `
  args_get args_sizes_get environ_get environ_sizes_get clock_res_get clock_time_get
  fd_advise fd_allocate fd_close fd_datasync fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_get
  fd_filestat_set_size fd_filestat_set_times fd_pread fd_prestat_get fd_prestat_dir_name fd_pwrite fd_read fd_readdir
  fd_renumber fd_seek fd_sync fd_tell fd_write
  path_create_directory path_filestat_get path_filestat_set_times path_link path_open path_readlink
  path_remove_directory path_rename path_symlink path_unlink_file
  poll_oneoff proc_exit proc_raise sched_yield random_get sock_accept sock_recv sock_send sock_shutdown`
  .trim()
  .split(/\s+/);

const FOUND: Cases = {
  ...descriptors,
  ...directories,
  ...names,
  ...opening,
  ...process,
  ...status,
  ...transfers,
};

/** A function without a case is an error where it is looked at. */
export const CASES: Cases = Object.fromEntries(
  WITX.map((call) => {
    if (FOUND[call] === undefined) throw new Error(`no case for ${call}`);
    return [call, FOUND[call]];
  }),
);
