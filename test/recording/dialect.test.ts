// Kernel generations: one meaning, several names and texts.

import { describe, expect, it } from "vitest";
import { recordingOf } from "../../src/recording/recording.ts";

function decode(...bodies: string[]): string[] {
  const text = bodies.map((b, n) => `  kworker/u8:1-31  [000] ..... 1.00000${n}: ${b}\n`).join("");
  const out: string[] = [];
  for (const batch of recordingOf(Buffer.from(text), "lines").batches()) {
    for (let i = 0; i < batch.length; i++) {
      const type = batch.types[batch.type[i]];
      const fields = type.fields.map(([f]) => `${f}=${batch.field(i, f)}`);
      out.push([type.name, ...fields].join(" "));
    }
  }
  return out;
}

describe("dialects", () => {
  it("numbers fences that gpu_scheduler named by address, anew at each queueing", () => {
    const job = (event: string, id: number, fence: string): string =>
      `${event}: entity=00000000aaaa0001, id=${id}, fence=${fence}, ring=ring0, job count:1, hw job count:2`;
    expect(
      decode(
        job("drm_sched_job", 5, "00000000000000f1"),
        job("drm_run_job", 5, "00000000000000f1"),
        "drm_sched_process_job: fence=00000000000000f1 signaled",
        job("drm_sched_job", 6, "00000000000000f1"),
        "drm_sched_job_wait_dep: job ring=ring0, id=6, depends fence=00000000000000f2, context=9, seq=3",
      ),
    ).toEqual([
      "drm_sched_job_queue context=-1 seqno=1 ring=ring0 job_count=1 hw_job_count=2",
      "drm_sched_job_run context=-1 seqno=1 ring=ring0 job_count=1 hw_job_count=2",
      "drm_sched_job_done context=-1 seqno=1",
      "drm_sched_job_queue context=-1 seqno=2 ring=ring0 job_count=1 hw_job_count=2",
      "drm_sched_job_unschedulable context=-1 seqno=2 dep_context=9 dep_seqno=3",
    ]);
  });

  it("reads the review versions of the 6.17 texts", () => {
    const texts = [
      "drm_sched_job_done: fence=(context:7, seqno:4) signaled",
      "drm_sched_job_done: fence=7:4 signaled",
    ];
    for (const text of texts)
      expect(decode(text)).toEqual(["drm_sched_job_done context=7 seqno=4"]);
  });

  it("knows fences before 4.10, panthor's events and register accesses of arm64", () => {
    expect(
      decode(
        "fence_init: driver=sde_fence:crtc111:25602 timeline=crtc111 context=3 seqno=256022",
        "gpu_job_irq: fb000000.gpu: events=0x80000001 duration_ns=4200",
        "gpu_power_status: fb000000.gpu: shader_bitmap=0x50005 tiler_bitmap=0x1 l2_bitmap=0x1",
        "rwmmio_write: panthor_gpu_init+0x10/0x90 -> gpu_write+0x8/0x20 width=32 val=0x3 addr=0xffff800080000018",
      ),
    ).toEqual([
      "dma_fence_init driver=sde_fence:crtc111:25602 timeline=crtc111 context=3 seqno=256022",
      "gpu_job_irq dev=fb000000.gpu events=2147483649 duration_ns=4200",
      "gpu_power_status dev=fb000000.gpu shader=327685 tiler=1 l2=1",
      `mmio_write off=${Number(0xffff800080000018n)} val=3 reg=gpu_write`,
    ]);
  });

  it("keeps what no dialect knows, with its fields, and counts it", () => {
    const text = "task-1  [000] ..... 1.000000: mali_dvfs_event: utilization=37 name=a b\n";
    const recording = recordingOf(Buffer.from(text), "lines");
    const [event] = recording.events();
    expect([event.name, event.num("utilization"), event.str("name")]).toEqual([
      "mali_dvfs_event",
      37,
      "a b",
    ]);
    expect([...recording.summary().unknown]).toEqual([["mali_dvfs_event", 1]]);
  });
});
