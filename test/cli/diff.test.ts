// `diff` of the built command line: goldens, traces at revisions and recordings, any with any.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { applyDifference } from "../../src/diff/apply.ts";
import type { Difference } from "../../src/diff/difference.ts";
import { parseGolden } from "../../src/golden/parse.ts";
import { acceptedGoldens, cli, root, temporaryFolder, trace } from "./run-cli.ts";

const recording = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";
const patched = `${trace}@irq-latency-v3@5`;

describe("diff", () => {
  it("is 0 for the same and 1 for what differs, the sentence first", async () => {
    expect(await cli(["diff", trace, trace])).toMatchObject({ code: 0 });
    const { code, out, err } = await cli(["diff", trace, patched]);
    expect(err).toBe("");
    expect(code).toBe(1);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(
      /^A {2}traces\/single-job\.yaml at linux-7\.3, zero-cost \(4 fences, /,
    );
    expect(lines[1]).toMatch(/^B {2}traces\/single-job\.yaml at irq-latency-v3@5, zero-cost /);
    expect(lines[3]).toBe("behaviour differs");
    expect(lines[4]).toMatch(
      /^The job fence is signalled .* earlier: through process_fw_events_work/,
    );
    expect(out).toMatch(/^first divergence at [\d.]+ us \(fences\): other context$/m);
    const [, chainA, chainB] = out.split(/what led there in [AB], nearest first:\n/);
    expect(chainA).toContain("workqueue_execute_start: work=10 function=group_sync_upd_work");
    const [onlyChainB] = chainB.split("\n\n");
    expect(onlyChainB).not.toContain("group_sync_upd_work");
    for (const chain of [chainA, onlyChainB]) expect(chain).toContain("sync_write: csg=0 cs=0");
    expect(out).toMatch(/^GPU done to signalled +A=B +1 +1\.001 /m);
    expect(out).not.toContain("\u001b");
  });

  it("takes a golden's own timeline where its trace still gives it", async () => {
    const { file } = await acceptedGoldens();
    expect((await cli(["diff", file, trace])).code).toBe(0);
    const { code, out } = await cli(["diff", file, patched]);
    expect(code).toBe(1);
    expect(out).toContain(`A  ${file} (4 fences, `);
    // Not only what a golden holds: the whole chain.
    expect(out).toContain("what led there in A, nearest first:\n");
    expect(out).toContain("workqueue_queue_work: work=10 function=group_sync_upd_work");
    const alone = await cli(["diff", file, patched, "--traces", temporaryFolder()]);
    expect(alone.code).toBe(1);
    expect(alone.out).toContain(
      " by group_sync_upd_work < process_fw_events_work < irq/66-panthor-",
    );
  });

  it("gives differences as JSON that turn A into B", async () => {
    const { file } = await acceptedGoldens();
    const golden = parseGolden(readFileSync(file, "utf8"), file);
    const other = join(temporaryFolder(), "b.golden");
    const text = readFileSync(file, "utf8")
      .replace(/^7:1 (.*) error=0 /m, "7:1 $1 error=-125 ")
      .replace(/^.* W JOB\.JOB_INT_CLEAR .*\n/m, "");
    writeFileSync(other, text);
    const { code, out } = await cli(["diff", file, other, "--json"]);
    expect(code).toBe(1);
    const json = JSON.parse(out) as {
      verdict: string;
      summary: string;
      differences: Difference[];
      counts: Record<string, number>;
    };
    expect(json.verdict).toBe("behaviour differs");
    expect(json.summary).toMatch(/^The job fence ends with ECANCELED instead of no error; a write/);
    expect(json.counts).toMatchObject({ missing: 1, extra: 0, "other error": 1 });
    const { fences, registers, log } = parseGolden(text, other);
    expect(applyDifference(golden, json.differences)).toMatchObject({ fences, registers, log });
  });

  it("prints Markdown whose blocks and details are closed", async () => {
    const { code, out } = await cli(["diff", trace, patched, "--markdown"]);
    expect(code).toBe(1);
    expect(out).toMatch(/^\*\*behaviour differs\*\* between A, `traces\/single-job\.yaml at /);
    expect(out.match(/^```/gm)!.length % 2).toBe(0);
    expect(out.match(/<details>/g)).toHaveLength(out.match(/<\/details>/g)!.length);
    expect(out).toContain("The job fence is signalled");
    expect(out).toContain("group\\_sync\\_upd\\_work");
    expect(out).toMatch(/^\| us \| kind \| what \|$/m);
  });

  it("compares recordings, whatever they are packed in, with each other and with replays", async () => {
    const dir = temporaryFolder();
    const text = gunzipSync(readFileSync(join(root, recording))).toString("utf8");
    writeFileSync(join(dir, "plain.txt"), text);
    expect(await cli(["diff", recording, join(dir, "plain.txt")])).toMatchObject({ code: 0 });
    // Another boot: everything later, work done by somebody else, other numbers of fence contexts.
    const other = text
      .replace(/context=(\d+) /g, (_, n: string) => `context=${Number(n) + 30} `)
      .replace(/fence=(\d+):/g, (_, n: string) => `fence=${Number(n) + 30}:`)
      .replaceAll("function=group_sync_upd_work", "function=other_work")
      .replaceAll("function group_sync_upd_work", "function other_work");
    writeFileSync(join(dir, "b.txt.gz"), gzipSync(other));
    const { code, out } = await cli(["diff", recording, join(dir, "b.txt.gz")]);
    expect(code).toBe(1);
    expect(out).toMatch(/fence contexts of B under A's numbers: 36 is 6, 37 is 7/);
    expect(out).toMatch(/signalled through other_work\s+instead of\s+group_sync_upd_work/);
    const replayed = await cli(["diff", recording, "traces/02-single-job.yaml"]);
    expect(replayed.err).toBe("");
    // The model and the real driver: no behaviour between them.
    expect(replayed.out).toMatch(/^(same|only times differ)/m);
  });

  it("compares other drivers' recordings by their fences", async () => {
    const folder = "test/fixtures/samples/gpu/drm-sched-k7.2";
    const { code, out } = await cli([
      "diff",
      `${folder}/drmsched-basic-run1.dat`,
      `${folder}/drmsched-timeout.dat`,
    ]);
    expect(code).toBe(1);
    expect(out).toMatch(/^queued to run +A +\d+ /m);
    expect(out).toContain("behaviour differs");
  });

  it.each([
    [
      ["diff", "nothing.yaml", trace],
      /nothing\.yaml: no such file; expected a trace, a golden or /,
    ],
    [["diff", `${trace}@irq-latencyv3`, trace], /irq-latencyv3.*did you mean irq-latency-v3/s],
    [["diff", `${recording}@linux-7.3`, trace], /a recording has no revision/],
    [["diff", "traces", trace], /traces: is a folder/],
  ])("refuses %s", async (args, message) => {
    const { code, err, out } = await cli(args);
    expect(code).toBe(129);
    expect(err + out).toMatch(message);
  });
});
