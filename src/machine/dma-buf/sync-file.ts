// The fences of a buffer as sync files, and the other way round.
// Kernel: drivers/dma-buf/dma-buf.c (dma_buf_export_sync_file, dma_buf_import_sync_file).

import type { Kernel } from "../core/op.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import { type DmaResv, Usage, usageRw } from "../dma-fence/resv.ts";
import { SyncFile } from "../dma-fence/sync-file.ts";
import { FenceUnwrap, unwrapAll } from "../dma-fence/unwrap.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import type { FdTable } from "../syncobj/fd-table.ts";
import type { CpuAccess, DmaBuf } from "./dma-buf.ts";

/** DMA_BUF_IOCTL_EXPORT_SYNC_FILE: what an access of that kind has to wait for, as a sync file. */
export function* exportSyncFile(dmabuf: DmaBuf, access: CpuAccess, fds: FdTable): Kernel<number> {
  const { fences } = dmabuf.linux;
  const found = yield* dmabuf.resv.getSingleton(usageRw(access !== "read"));
  if (typeof found === "number") return found;
  const fence = found ?? (yield* fences.getStub());
  const syncFile = SyncFile.create(fences, fence);
  yield* fence.put();
  if (syncFile === null) return -ENOMEM;
  return fds.install({ kind: "sync_file", syncFile });
}

/** DMA_BUF_IOCTL_IMPORT_SYNC_FILE: later accesses wait for these fences too. */
export function* importSyncFile(
  dmabuf: DmaBuf,
  access: CpuAccess,
  fds: FdTable,
  fd: number,
): Kernel<number> {
  const file = fds.get(fd);
  if (file?.kind !== "sync_file") return -EINVAL;
  const { resv } = dmabuf;
  const usage = access === "read" ? Usage.read : Usage.write;
  const fence = file.syncFile.getFence();
  const members = yield* unwrapAll(fence);
  let ret = 0;
  if (members.length > 0) {
    yield* resv.lock();
    ret = yield* resv.reserveFences(members.length);
    if (ret === 0) yield* addMembers(resv, fence, usage);
    yield* resv.unlock();
  }
  yield* fence.put();
  return ret;
}

/** Once more through the fence: what signalled while the lock was waited for may be gone from it. */
function* addMembers(resv: DmaResv, fence: DmaFence, usage: Usage): Kernel<void> {
  const cursor = new FenceUnwrap();
  for (let f = cursor.first(fence); f !== null; f = yield* cursor.next()) {
    yield* resv.addFence(f, usage);
  }
}
