/** The raw imports of the benchmarks' guests, named as in the witx. The file's name is the import module's. */
export declare function args_get(argv: usize, buffer: usize): i32;
export declare function args_sizes_get(count: usize, size: usize): i32;
export declare function fd_write(fd: i32, iovs: usize, count: i32, written: usize): i32;
