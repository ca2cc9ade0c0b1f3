// The corrected variant itself: what its corrections must not bring along.

import { Effect } from "effect";
import { expect, test } from "vitest";
import { loadTrace, runRevision } from "../../../src/corpus/run.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision } from "../../../src/revision/revision.ts";
import { describeEntry } from "../../../src/timeline/describe.ts";

const fixed = Effect.runSync(parseRevision("user-submission-fixed", catalog));

/** What happens on a trace, an entry a line. */
function happens(trace: string): string[] {
  const { result } = runRevision(loadTrace(`traces/user-submission/${trace}.yaml`), fixed);
  const lines: string[] = [];
  for (let i = result.from; i < result.to; i++) lines.push(describeEntry(result.rec, i));
  return lines;
}

test("a group that is dead does not keep the tick, whatever its ring holds", () => {
  const lines = happens("usub-11-silent-death");
  const gone = lines.findIndex((line) => line.includes("user_db_zap unbind"));
  expect(gone).toBeGreaterThan(0);
  expect(
    lines.slice(gone).filter((line) => line.includes("function=tick_work")),
  ).not.toContainEqual(expect.stringContaining("workqueue_queue_work"));
});

test("SYNC_UPDATE rings nothing while a reset is in progress", () => {
  const lines = happens("usub-09-timeout-across-reset");
  const call = lines.findIndex((line) => line.includes("ioctl_begin: name=SYNC_UPDATE"));
  const boot = lines.findIndex((line, i) => i > call && line.includes("mcu_booted"));
  expect(boot).toBeGreaterThan(call);
  expect(lines.slice(call, boot).filter((line) => line.includes("DOORBELL"))).toEqual([]);
});
