// Functions of the C driver that have no operation of the name that the rule gives: which operation
// or file has their part here, or why there is none. Read by scripts/coverage-table.mjs.

/** Where the part of a C function is: an operation `unit.name`, or a file of src. */
export interface Covered {
  readonly by: string;
  /** Why it is not an operation of its own name. */
  readonly reason: string;
}

/** A C function without a part here. */
export interface Absent {
  readonly by: null;
  readonly reason: string;
}

const inlined = "a line or two, written out in the caller";
const pure = "a pure function, not replaceable by a patch on its own";
const ioctlName = "named for the file that the attribute or ioctl is in";

/** By C file, without `panthor_` and `.c`, then by function. */
export const coverageAliases: Readonly<Record<string, Readonly<Record<string, Covered | Absent>>>> =
  {
    devfreq: {
      panthor_devfreq_get_cur_freq: { by: "devfreq.getDevStatus", reason: inlined },
    },
    device: {
      panthor_device_free_page: {
        by: "device.init",
        reason: "the release action of the dummy page: an arrow function where it is registered",
      },
    },
    drv: {
      panthor_set_uobj: { by: "src/driver/drv/uobj.ts", reason: pure },
      panthor_get_uobj_array: { by: "src/driver/drv/uobj.ts", reason: pure },
      sync_op_is_signal: { by: "src/driver/drv/submit-ctx.ts", reason: pure },
      sync_op_is_wait: { by: "src/driver/drv/submit-ctx.ts", reason: pure },
      panthor_gpu_show_fdinfo: { by: "drv.showFdinfo", reason: inlined },
      panthor_show_internal_memory_stats: { by: "drv.showFdinfo", reason: inlined },
      panthor_init: {
        by: "drv.cleanupWq",
        reason: "module init: what it creates is created with the driver record",
      },
    },
    gem: {
      panthor_gem_debugfs_bo_init: {
        by: "src/driver/gem/types.ts",
        reason: "initial field values",
      },
      panthor_gem_print_info: {
        by: null,
        reason:
          "drm_gem_print_info() is called for the framebuffers of drivers that have a display; " +
          "panthor has none, and an importer with one prints its own object",
      },
      panthor_gem_status: {
        by: "gem.isResident",
        reason: "reduced to the one state that it reports",
      },
      insert_page: {
        by: "gem.userAccess",
        reason: "CPU page tables are not modelled: an access goes to the object's pages",
      },
      panthor_gem_fault: { by: "gem.userAccess", reason: "the faults of an access, all at once" },
      can_block: {
        by: "gem.shrinkerCount",
        reason: "a parameter of the scan instead of its flags",
      },
      panthor_gem_debugfs_bo_print: { by: "gem.debugfsPrintBos", reason: inlined },
      panthor_gem_show_bos: { by: "gem.debugfsPrintBos", reason: inlined },
      shrink_set: { by: "gem.debugfsShrinkSet", reason: ioctlName },
    },
    heap: {
      panthor_get_heap_ctx: {
        by: "heap.getHeapCtxOffset",
        reason: "a pointer: offset plus mapping, added where it is used",
      },
    },
    hw: {
      panthor_hw_power_status_register: {
        by: "hw.setPowerTracing",
        reason: "what enabling the tracepoint does to each device, without the list of devices",
      },
      panthor_hw_power_status_unregister: {
        by: "hw.powerTracingOff",
        reason: "what disabling the tracepoint does to each device, without the list of devices",
      },
      get_gpu_model_name: { by: "src/driver/hw/model-name.ts", reason: pure },
    },
    mmu: {
      get_pgsize: { by: "src/driver/mmu/pages.ts", reason: pure },
      mmu_tlb_flush_all: {
        by: null,
        reason: "its body is empty in C too: the driver flushes when it unlocks the region",
      },
      mmu_tlb_flush_walk: {
        by: null,
        reason: "its body is empty in C too: the driver flushes when it unlocks the region",
      },
      panthor_mmu_pt_cache_init: {
        by: "mmu.ptCacheAlloc",
        reason: "the slab cache needs no set-up: its pages come from the page allocator",
      },
      panthor_mmu_pt_cache_fini: {
        by: "mmu.ptCacheFree",
        reason: "the slab cache needs no set-up: its pages go to the page allocator",
      },
    },
    pwr: {
      reset_irq_raised: { by: "pwr.reset", reason: inlined },
      get_domain_name: { by: "src/driver/pwr/domains.ts", reason: pure },
      get_domain_base: { by: "src/driver/pwr/domains.ts", reason: pure },
      get_domain_ready_reg: { by: "src/driver/pwr/domains.ts", reason: pure },
      get_domain_pwrtrans_reg: { by: "src/driver/pwr/domains.ts", reason: pure },
      is_valid_domain: { by: "src/driver/pwr/domains.ts", reason: "membership in a table" },
      has_rtu: { by: "pwr.domainSubdomain", reason: inlined },
      get_domain_subdomain: { by: "pwr.domainSubdomain", reason: "`get_` is dropped" },
    },
    sched: {
      fence_get_driver_name: {
        by: "src/driver/sched/run-job.ts",
        reason: "a constant of the table",
      },
      queue_fence_get_timeline_name: {
        by: "src/driver/sched/run-job.ts",
        reason: "a constant of the table",
      },
    },
  };
