// What a page table is made with: struct io_pgtable_cfg of include/linux/io-pgtable.h.

import type { IoPgtableFormat } from "./descriptor.ts";

/** struct io_pgtable_cfg, with the hooks of the driver. */
export interface IoPgtableCfg {
  readonly format: IoPgtableFormat;
  /** Bit n: pages of 1 << n bytes. Restricted to 4 KiB, 2 MiB and 1 GiB. */
  readonly pgsizeBitmap: number;
  readonly ias: number;
  readonly oas: number;
  readonly coherentWalk: boolean;
  /** A zeroed table of `size` bytes: physical address, 0 if there is none. */
  readonly alloc: (size: number) => number;
  readonly free: (table: number, size: number) => void;
  /** TLB maintenance of partial walks (iommu_flush_ops); panthor does nothing here. */
  readonly tlbFlushWalk?: (iova: number, size: number) => void;
  readonly warn?: (text: string) => void;
  /** WARN_ONCE(); `warn` where there is none. */
  readonly warnOnce?: (text: string) => void;
  /** Told of each range before it is taken out of the table at `ttbr`. */
  readonly traceUnmap?: (ttbr: number, iova: number, size: number) => void;
}
