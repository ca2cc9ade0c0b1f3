// A replay is the same whether its system is assembled directly or built of layers, and a layer of
// a test's own takes the place of a service.

import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { expect, it } from "vitest";
import { loadTrace } from "../../src/corpus/run.ts";
import { profiles } from "../../src/device/profile/index.ts";
import { linuxLayer, subsystemsLayer } from "../../src/machine/linux-services.ts";
import { PhysicalMemory } from "../../src/machine/memory/physical-memory.ts";
import { KernelConfigService, MemoryService } from "../../src/machine/parts.ts";
import { replay } from "../../src/replay/replay.ts";
import { kernelOf, type System, type SystemConfig } from "../../src/replay/system.ts";
import { buildSystem, systemLayer } from "../../src/replay/system-layers.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { parseRevision } from "../../src/revision/revision.ts";
import { timelineDigest } from "../../src/timeline/digest.ts";

const trace = loadTrace("traces/single-job.yaml");
const revision = Effect.runSync(parseRevision("irq-latency-v3@6", catalog));
const digestOn = (system?: (config: SystemConfig) => System): string => {
  const result = replay({ trace, revision, profile: profiles[trace.profile], system });
  expect(result.end.kind).toBe("finished");
  return timelineDigest(result.rec);
};

it("replays alike on a system of layers and on one assembled directly", () => {
  expect(digestOn((config) => buildSystem(config, systemLayer(config)))).toBe(digestOn());
});

it("takes a service that another layer provides", () => {
  const memory = new PhysicalMemory({ swapPages: 0 });
  let found: System | undefined;
  digestOn((config) => {
    const kernel = linuxLayer.pipe(
      Layer.provideMerge(Layer.succeed(MemoryService, memory)),
      Layer.provideMerge(subsystemsLayer),
      Layer.provide(Layer.succeed(KernelConfigService, kernelOf(config))),
    );
    return (found = buildSystem(config, systemLayer(config, kernel)));
  });
  expect(found?.linux.memory).toBe(memory);
});
