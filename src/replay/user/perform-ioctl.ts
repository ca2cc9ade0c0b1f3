// Ioctls by command number, from programs that were built with other headers than the kernel's.

import { EBADF } from "../../machine/errno.ts";
import type { fileEvents } from "../../trace/events/file.ts";
import type { Performers, UserContext } from "./context.ts";

/** Where the memory behind pointers begins. */
const memoryBase = 0x10000;

const hexWords = (words: readonly number[]): string =>
  words.map((word) => `0x${word.toString(16)}`).join(",");

export const performIoctl: Performers<"ioctl" & keyof typeof fileEvents> = {
  *ioctl(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    if (file.file === null || !file.open) return -EBADF;
    const command = { type: args.type, nr: args.nr, direction: args.dir, size: args.size };
    const user = {
      data: args.data ?? [],
      mapped: !args.unmapped,
      writable: !args.readonly,
      memory: args.memory ?? [],
      memoryBase,
    };
    const { ret, data, memory } = yield* c.env.kernel.ioctlCmd(file.file, command, user);
    expectWords(c, "argument", args.reply, data);
    expectWords(c, "memory", args.memory_reply, memory);
    return ret;
  },
};

function expectWords(
  c: UserContext,
  what: string,
  expected: readonly number[] | undefined,
  got: readonly number[],
): void {
  if (expected === undefined) return;
  const words = expected.map((word) => word >>> 0);
  c.expect(what, hexWords(words), hexWords(got.slice(0, words.length)));
}
