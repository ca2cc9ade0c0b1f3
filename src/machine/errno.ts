// Error numbers of the kernel: include/uapi/asm-generic/errno{-base,}.h, include/linux/errno.h.
// Kernel code returns them negated, as in C.

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const E2BIG = 7;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const EWOULDBLOCK = EAGAIN;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const EXDEV = 18;
export const ENODEV = 19;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const ENOTTY = 25;
export const EFBIG = 27;
export const ENOSPC = 28;
export const EPIPE = 32;
export const EDOM = 33;
export const ERANGE = 34;
export const EDEADLK = 35;
export const ENOSYS = 38;
export const ENODATA = 61;
export const ETIME = 62;
export const EPROTO = 71;
export const EBADMSG = 74;
export const EOVERFLOW = 75;
export const EBADFD = 77;
export const EILSEQ = 84;
export const EOPNOTSUPP = 95;
export const ESHUTDOWN = 108;
export const ETIMEDOUT = 110;
export const EHOSTDOWN = 112;
export const EALREADY = 114;
export const EINPROGRESS = 115;
export const ESTALE = 116;
export const ECANCELED = 125;
export const EOWNERDEAD = 130;
export const ERESTARTSYS = 512;
export const EPROBE_DEFER = 517;
export const ENOTSUPP = 524;

const names: ReadonlyMap<number, string> = new Map(
  Object.entries({
    EPERM,
    ENOENT,
    ESRCH,
    EINTR,
    EIO,
    ENXIO,
    E2BIG,
    EBADF,
    ECHILD,
    EAGAIN,
    ENOMEM,
    EACCES,
    EFAULT,
    EBUSY,
    EEXIST,
    EXDEV,
    ENODEV,
    EINVAL,
    ENFILE,
    EMFILE,
    ENOTTY,
    EFBIG,
    ENOSPC,
    EPIPE,
    EDOM,
    ERANGE,
    EDEADLK,
    ENOSYS,
    ENODATA,
    ETIME,
    EPROTO,
    EBADMSG,
    EOVERFLOW,
    EBADFD,
    EILSEQ,
    EOPNOTSUPP,
    ESHUTDOWN,
    ETIMEDOUT,
    EHOSTDOWN,
    EALREADY,
    EINPROGRESS,
    ESTALE,
    ECANCELED,
    EOWNERDEAD,
    ERESTARTSYS,
    EPROBE_DEFER,
    ENOTSUPP,
  }).map(([name, n]) => [n, name] as const),
);

/** The symbolic name of an error number, negative or positive: `-110` is "ETIMEDOUT". */
export function errnoName(n: number): string {
  return names.get(Math.abs(n)) ?? String(Math.abs(n));
}
