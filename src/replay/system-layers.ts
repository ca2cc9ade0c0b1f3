// One replay's world as an Effect layer graph, each service of which a test can replace.

import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { kernelLayer, layerOf } from "../machine/linux-services.ts";
import type { LinuxService } from "../machine/parts.ts";
import {
  type DeviceService,
  devicePart,
  type DriverService,
  driverPart,
  kernelOf,
  type System,
  type SystemConfig,
  SystemConfigService,
  systemOf,
} from "./system.ts";

export type SystemServices = DriverService | DeviceService | LinuxService;

export const deviceLayer = layerOf(devicePart);
export const driverLayer = layerOf(driverPart);

/** The layer graph of a replay, on a kernel that may have services of its own. */
export const systemLayer = (
  config: SystemConfig,
  kernel: Layer.Layer<LinuxService> = kernelLayer(kernelOf(config)),
): Layer.Layer<SystemServices> =>
  driverLayer.pipe(
    Layer.provideMerge(deviceLayer),
    Layer.provideMerge(kernel),
    Layer.provide(Layer.succeed(SystemConfigService, config)),
  );

/** Builds a system of a layer graph. */
export const buildSystem = (config: SystemConfig, layer: Layer.Layer<SystemServices>): System =>
  Effect.runSync(
    Effect.map(Effect.context<SystemServices>(), (context) => systemOf(context, config)).pipe(
      Effect.provide(layer),
    ),
  );
