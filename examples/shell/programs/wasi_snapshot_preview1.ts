/** The functions of WASI that the programs here import. The file's name is the name of the module that they come from. */

export declare function fd_read(fd: u32, vectors: usize, count: u32, read: usize): u32;
export declare function fd_write(fd: u32, vectors: usize, count: u32, written: usize): u32;
export declare function proc_exit(code: u32): void;
