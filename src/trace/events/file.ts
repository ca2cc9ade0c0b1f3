// The render node: open, close, queries.
// Kernel: include/uapi/drm/panthor_drm.h, drivers/gpu/drm/panthor/panthor_drv.c.

import { address, flag, flags, int, ints, opt, orElse, text, word, word32 } from "../field.ts";
import { use } from "../field-name.ts";
import { event } from "../spec.ts";
import { expected, file, newFile } from "./common.ts";

const directions = ["none", "w", "r", "wr"] as const;

export const fileEvents = {
  open: event("Opens the render node.", {
    file: newFile,
    unprivileged: flag("without CAP_SYS_NICE: no priorities above medium"),
    ...expected,
  }),
  close: event(
    "Closes the render node; what it still holds goes when no mapping of it is left either.",
    { file },
    { releases: { field: "file", kind: "file" } },
  ),
  version: event(
    "Reads the version of the driver.",
    { file, minor: opt(int("expected minor version", 0xffff)), ...expected },
    { ioctl: "VERSION" },
  ),
  dev_query: event(
    "Queries device information.",
    {
      type: word("what to query", [
        "gpu_info",
        "csif_info",
        "timestamp_info",
        "group_priorities_info",
        "mmu_info",
      ]),
      file,
      timestamp: opt(
        flags("what of timestamp_info to return", [
          "gpu",
          "cpu_monotonic",
          "cpu_monotonic_raw",
          "gpu_offset",
          "gpu_cycle_count",
          "freq",
          "duration",
        ]),
      ),
      ...expected,
    },
    { ioctl: "DEV_QUERY" },
  ),
  fdinfo: event("Reads the file's fdinfo.", {
    file,
    has: opt(text("a line that it is expected to have, its tab as a space")),
  }),
  set_client_name: event(
    "Says what the program is called in fdinfo.",
    {
      name: text("printable characters without spaces; empty takes it back", 4096),
      file,
      ...expected,
    },
    { ioctl: "SET_CLIENT_NAME" },
  ),
  gem_flink: event(
    "Gives a buffer object a name for other programs, which a render node refuses.",
    { bo: use("buffer object", "bo"), ...expected },
    { ioctl: "GEM_FLINK" },
  ),
  gem_open: event(
    "Opens a buffer object by its name, which a render node refuses.",
    { name: int("name", 0xffffffff), file, ...expected },
    { ioctl: "GEM_OPEN" },
  ),
  set_user_mmio_offset: event(
    "Chooses the file offset at which MMIO pages are mapped.",
    { offset: address("the 32-bit or the 64-bit offset"), file, ...expected },
    { ioctl: "SET_USER_MMIO_OFFSET" },
  ),
  ioctl: event(
    "Calls ioctl() with a command number, as a program that was built with other headers does. " +
      "Pointers lead to `memory`, which begins at address 0x10000.",
    {
      nr: word32("_IOC_NR() of the command: driver ioctls begin at 0x40"),
      size: int("_IOC_SIZE(): bytes of the argument as the program knows it", 0x3fff),
      dir: orElse(
        word("_IOC_DIR(): the program writes the argument, reads it, both", directions),
        "wr",
      ),
      type: orElse(word32("_IOC_TYPE()"), 0x64),
      data: opt(ints("32-bit words of the argument; the rest is zero")),
      memory: opt(ints("32-bit words that pointers can lead to")),
      unmapped: flag("the argument is at an address where nothing is mapped"),
      readonly: flag("the argument cannot be written"),
      file,
      reply: opt(ints("expected first words of the argument afterwards")),
      memory_reply: opt(ints("expected first words of the memory afterwards")),
      ...expected,
    },
  ),
  flush_id_read: event("Reads LATEST_FLUSH_ID through its mapping.", { file, ...expected }),
  doorbell_write: event("Writes a user-mapped doorbell page.", {
    file,
    page: orElse(address("doorbell page"), 0),
    value: orElse(address("value written"), 1),
    ...expected,
  }),
};
