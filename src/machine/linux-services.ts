// The simulated kernel as Effect layers, one for each part (parts.ts), that build it for one
// replay. A test or a mutant replaces a subsystem by providing another layer.

import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import {
  fencesPart,
  irqPart,
  type KernelConfig,
  KernelConfigService,
  type KernelServices,
  kthreadPart,
  linuxPart,
  lockdepPart,
  machinePart,
  memoryPart,
  recorderPart,
  timePart,
  workqueuePart,
} from "./parts.ts";
import type { Part } from "./part.ts";

/** The layer that makes a part. */
export const layerOf = <I, S, R>({ tag, make }: Part<I, S, R>): Layer.Layer<I, never, R> =>
  Layer.effect(tag, Effect.map(Effect.context<R>(), make));

export const machineLayer = layerOf(machinePart);
export const recorderLayer = layerOf(recorderPart);
export const lockdepLayer = layerOf(lockdepPart);
export const timeLayer = layerOf(timePart);
export const kthreadLayer = layerOf(kthreadPart);
export const workqueueLayer = layerOf(workqueuePart);
export const irqLayer = layerOf(irqPart);
export const fencesLayer = layerOf(fencesPart);
export const memoryLayer = layerOf(memoryPart);
export const linuxLayer = layerOf(linuxPart);

/** The default layer of every subsystem. */
export const subsystemsLayer = Layer.mergeAll(irqLayer, workqueueLayer, fencesLayer).pipe(
  Layer.provideMerge(Layer.mergeAll(timeLayer, kthreadLayer, memoryLayer, recorderLayer)),
  // Locks of the subsystems are checked from the first on.
  Layer.provideMerge(lockdepLayer),
  Layer.provideMerge(machineLayer),
);

/** The kernel for a configuration, with all of its subsystems as services. */
export const kernelLayer = (config: KernelConfig): Layer.Layer<KernelServices> =>
  linuxLayer.pipe(
    Layer.provideMerge(subsystemsLayer),
    Layer.provideMerge(Layer.succeed(KernelConfigService, config)),
  );
