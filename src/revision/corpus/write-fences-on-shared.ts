// Jobs left fences of writers on the objects that other VMs and devices share, so that whoever reads
// one waited for all jobs of the VM. Kernel: panthor_sched.c before f9e7ac6e2e99.

import { Usage } from "../../machine/dma-fence/resv.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const writeFencesOnShared = regression({
  id: "write-fences-on-shared",
  title: "Jobs leave fences of writers on shared objects",
  fix: "f9e7ac6e2e99 drm/panthor: Don't add write fences to the shared BOs",
  effect: "readers of a shared object wait for jobs that they were not told to wait for",
  trace: "uapi/prime",
  catches: [{ by: "result", of: /dma_buf_poll/ }],
  overlay: overlay((final) => ({
    sched: {
      jobUpdateResvs(exec, job) {
        const { finished } = job.sFence!;
        const vm = job.group!.vm!;
        return final().mmu.vmUpdateResvs(vm, exec, finished, Usage.bookkeep, Usage.write);
      },
    },
  })),
});
