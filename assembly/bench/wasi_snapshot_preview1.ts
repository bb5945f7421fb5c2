/** The functions of WASI that the benchmark imports. The file's name is the name of the module that they come from. */

export declare function args_sizes_get(count: usize, size: usize): u32;
export declare function args_get(pointers: usize, text: usize): u32;
export declare function clock_time_get(clock: u32, precision: u64, time: usize): u32;
export declare function fd_write(fd: u32, vectors: usize, count: u32, written: usize): u32;
export declare function proc_exit(code: u32): void;
