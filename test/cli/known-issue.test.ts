// The known issue of the user submission RFC, as the replay command tells it.
import { describe, expect, it } from "vitest";
import { cli } from "./run-cli.ts";

const trace = "traces/user-submission/usub-01-kick-during-create.yaml";

/** The lines behind a heading, up to the next empty one. */
function block(out: string, heading: RegExp): string[] {
  const lines = out.split("\n");
  const at = lines.findIndex((line) => heading.test(line));
  if (at < 0) return [];
  const end = lines.indexOf("", at);
  return lines.slice(at + 1, end);
}

describe("a group scheduled twice", () => {
  it("is told with the tick that does it and the kick that bound the group", async () => {
    const { code, out } = await cli([
      "replay",
      "--no-golden",
      "--revision",
      "user-submission-rfc",
      trace,
    ]);
    expect(code).toBe(1);
    const twice = block(out, /^what led to "check scheduled-once: group 3 twice in a tick/);
    expect(twice[0]).toMatch(/kworker.* workqueue_execute_start: .*function=tick_work/);
    const bound = block(out, /^what led to "check scheduled-once: group 3 has slot 2 already"/);
    expect(bound[0]).toMatch(/user_db_zap bind handle,csg a=0x3 b=0x2/);
    expect(bound.at(-1)).toMatch(/kicker-\d+ .* ioctl_begin: name=GROUP_KICK args=handle=3/);
  });

  it("is gone in the corrected variant", async () => {
    const { code, out } = await cli([
      "replay",
      "--no-golden",
      "--revision",
      "user-submission-fixed",
      trace,
    ]);
    expect(code).toBe(0);
    expect(out).not.toContain("scheduled-once");
    expect(out).toContain("kernel log: no warnings");
  });
});
