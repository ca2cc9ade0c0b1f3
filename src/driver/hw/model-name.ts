// Marketing names of the GPUs. Kernel: panthor_hw.c (get_gpu_model_name).

import type { GpuInfo } from "../device/types.ts";
import { GPU_FEATURES_RAY_INTERSECTION, gpuArchMajor, gpuProdMajor } from "../gpu/regs.ts";

const hweight64 = (mask: bigint): number => {
  let n = 0;
  for (let m = BigInt.asUintN(64, mask); m !== 0n; m &= m - 1n) n++;
  return n;
};

/** get_gpu_model_name(). */
export function gpuModelName(info: GpuInfo): string {
  const rays = (info.gpuFeatures & GPU_FEATURES_RAY_INTERSECTION) !== 0n;
  const cores = hweight64(info.shaderPresent);
  switch (`${gpuArchMajor(info.gpuId)}.${gpuProdMajor(info.gpuId)}`) {
    case "10.2":
      return "Mali-G710";
    case "10.3":
      return "Mali-G510";
    case "10.4":
      return "Mali-G310";
    case "10.7":
      return "Mali-G610";
    case "11.2":
      if (cores >= 10 && rays) return "Mali-G715-Immortalis";
      return cores >= 7 ? "Mali-G715" : "Mali-G615";
    case "11.3":
      return "Mali-G615";
    case "12.0":
      if (cores >= 10 && rays) return "Mali-G720-Immortalis";
      return cores >= 6 ? "Mali-G720" : "Mali-G620";
    case "12.1":
      return "Mali-G620";
    case "13.0":
      if (cores >= 10 && rays) return "Mali-G925-Immortalis";
      return cores >= 6 ? "Mali-G725" : "Mali-G625";
    case "13.1":
      return "Mali-G625";
    case "14.0":
      return "Mali-G1-Ultra";
    case "14.1":
      return "Mali-G1-Premium";
    case "14.3":
      return "Mali-G1-Pro";
    default:
      return "(Unknown Mali GPU)";
  }
}
