// trace.dat files of every shape, written and read again.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordingOf } from "../../src/recording/recording.ts";
import { writeTraceDat, type WrittenEvent } from "./write-trace-dat.ts";

const comms = new Map([
  [0, "<idle>"],
  [7, "a task"],
  [8, "[001] d..1"],
  [9, "<...>"],
]);

const event = fc.record({
  gap: fc.oneof(fc.nat(1000), fc.nat(2 ** 32)),
  cpu: fc.nat(2),
  pid: fc.constantFrom(...comms.keys()),
  context: fc.nat(2 ** 32 - 1),
  seqno: fc.nat(2 ** 32 - 1),
  driver: fc.oneof(
    fc.constantFrom("", "drm_sched", "a b=c", "ünï"),
    fc.nat(150).map((n) => "x".repeat(n)),
  ),
});

describe("trace.dat", () => {
  it("reads what was written, whatever the shape of the file", () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 80 }),
        fc.record({
          version: fc.constantFrom(6 as const, 7 as const),
          big: fc.boolean(),
          longSize: fc.constantFrom(4 as const, 8 as const),
          pageSize: fc.constantFrom(1024, 4096, 65536),
          compression: fc.constantFrom("none" as const, "zlib" as const),
          cpus: fc.constant(3),
        }),
        (gaps, options) => {
          let time = 1_000_000_000;
          const events: WrittenEvent[] = gaps.map(({ gap, ...rest }) => {
            // Times differ, so that their order is given.
            time += gap + 1;
            return { ...rest, time };
          });
          const recording = recordingOf(writeTraceDat(events, options), "written");
          const read = [...recording.events()].map((e) => ({
            time: e.time,
            cpu: e.cpu,
            pid: e.pid,
            context: e.num("context"),
            seqno: e.num("seqno"),
            driver: e.str("driver"),
            comm: e.comm,
          }));
          expect(read).toEqual(events.map((e) => ({ ...e, comm: comms.get(e.pid) })));
          expect(recording.summary().clock).toBe(events.length === 0 ? "mono" : "mono");
        },
      ),
      { numRuns: 200, seed: 5 },
    );
  });
});
