// Error numbers by name, for `ret=-EINVAL`. Kernel: include/uapi/asm-generic/errno{-base,}.h; the
// numbers are part of the user interface, so the format has a table of its own.

const numbers: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  EFBIG: 27,
  ENOSPC: 28,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  EDEADLK: 35,
  ENOSYS: 38,
  ENODATA: 61,
  ETIME: 62,
  EPROTO: 71,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  ETIMEDOUT: 110,
  EALREADY: 114,
  EINPROGRESS: 115,
  ESTALE: 116,
  ECANCELED: 125,
  ERESTARTSYS: 512,
  EPROBE_DEFER: 517,
  ENOTSUPP: 524,
};

const byNumber = new Map(Object.entries(numbers).map(([name, value]) => [value, name]));

export function errnoByName(name: string): number | null {
  return Object.hasOwn(numbers, name) ? numbers[name] : null;
}

/** The name of an error number, or the number itself. */
export function printErrno(value: number): string {
  return byNumber.get(value) ?? String(value);
}
