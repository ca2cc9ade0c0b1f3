// The calls whose allocations are made to fail.

import type { Path } from "./allocation-sweep.ts";

export const setup = `plug:
sleep: for=100ms
open:
vm_create: vm=vm
bo_create: bo=cs size=16KiB vm=vm
bo_write: bo=cs stream=work
vm_bind: vm=vm op=map bo=cs va=0x1000000 size=16KiB
group_create: group=g vm=vm queue={}
syncobj_create: sync=s
`;
export const job = `group_submit: group=g stream=work signal=s:100
syncobj_timeline_wait: sync=s:100 timeout=2s
`;

/** Sync objects need no more than an open file. */
const open = `plug:
sleep: for=100ms
open:
syncobj_create: sync=a
syncobj_create: sync=b
`;
const alive = `syncobj_create: sync=other signaled
syncobj_wait: sync=other timeout=1s
`;
/** Pending fences of two contexts. */
const pending = `${setup}bo_create: bo=slow size=4KiB vm=vm
bo_write: bo=slow stream=long
vm_bind: vm=vm op=map bo=slow va=0x3000000 size=4KiB
group_create: group=h vm=vm queue={}
syncobj_create: sync=a
syncobj_create: sync=b
syncobj_create: sync=c
group_submit: group=g stream=long signal=a:1
group_submit: group=h stream=long signal=b:1
`;
const drained = `syncobj_timeline_wait: sync=a:1,b:1 all timeout=5s\n${job}`;
/** A point that waits for both. */
const merged = `${pending}syncobj_transfer: from=a:1 to=c:1
syncobj_transfer: from=b:1 to=c:2
`;

export const probe: Path = {
  call: "plug:",
  before: "",
  after: setup.replace("plug:\n", "") + job,
};

export const driverPaths: readonly Path[] = [
  { call: "open: file=first", before: setup.slice(0, 23), after: setup.slice(23) + job },
  { call: "vm_create: vm=v", before: setup, after: `vm_destroy: vm=v\n${job}` },
  {
    call: "bo_create: bo=b size=64KiB vm=vm",
    before: setup,
    after: `gem_close: bo=b\nbo_create: bo=c size=4KiB\n${job}`,
  },
  { call: "bo_set_label: bo=cs label=label", before: setup, after: job },
  {
    call: "vm_bind: vm=vm op=map bo=cs va=0x2000000 size=16KiB",
    before: setup,
    after: `vm_bind: vm=vm op=unmap va=0x2000000 size=16KiB\n${job}`,
  },
  {
    call: "vm_bind: vm=vm op=map bo=fresh va=0x2000000 size=16KiB",
    before: `${setup}bo_create: bo=fresh size=16KiB\n`,
    after: job,
  },
  { call: "vm_bind: vm=vm op=unmap va=0x1001000 size=4KiB", before: setup, after: job },
  {
    call: "vm_bind: vm=vm async bind={op=map bo=cs va=0x2000000 size=16KiB wait=s:1 signal=s:9}",
    before: `${setup}syncobj_timeline_signal: sync=s:1\n`,
    after: `syncobj_timeline_wait: sync=s:9 for_submit timeout=1s\n${job}`,
  },
  {
    call: "group_create: group=h vm=vm queue={}",
    before: setup,
    after: `group_destroy: group=h\n${job}`,
  },
  { call: "group_submit: group=g stream=work", before: setup, after: job },
  {
    // The second job finds its node for another dependency when the first has been armed.
    call:
      "group_submit: group=g job={queue=0 stream=work signal=c:1} " +
      "job={queue=0 stream=work wait=a:1,b:1,c:1 signal=s:5}",
    before: pending,
    after: drained,
  },
  {
    call: "tiler_heap_create: heap=h vm=vm chunk_size=128KiB initial_chunks=2",
    before: setup,
    // Chunks are pages and pages.
    stride: 5,
    after: `tiler_heap_destroy: heap=h\n${job}`,
  },
];

export const syncobjPaths: readonly Path[] = [
  { call: "syncobj_create: sync=n", before: open, after: alive },
  { call: "syncobj_create: sync=n signaled", before: open, after: alive },
  {
    call: "syncobj_wait: sync=a,b all timeout=1s",
    before: `${open}syncobj_signal: sync=a,b\n`,
    after: alive,
  },
  {
    call: "syncobj_timeline_wait: sync=a:1,b:2 all timeout=1s",
    before: `${open}syncobj_timeline_signal: sync=a:1,b:2\n`,
    after: alive,
  },
  { call: "syncobj_signal: sync=a,b", before: open, after: alive },
  { call: "syncobj_reset: sync=a,b", before: open, after: alive },
  { call: "syncobj_timeline_signal: sync=a:1,b:2", before: open, after: alive },
  { call: "syncobj_query: sync=a,b", before: open, after: alive },
  {
    call: "syncobj_transfer: from=a to=b:7",
    before: `${open}syncobj_signal: sync=a\n`,
    after: alive,
  },
  { call: "syncobj_transfer: from=c:2 to=s:1", before: merged, after: drained },
  {
    call: "syncobj_eventfd: sync=a:1 fd=e",
    before: `${open}eventfd: fd=e\n`,
    after: `syncobj_timeline_signal: sync=a:1\n${alive}`,
  },
  { call: "syncobj_handle_to_fd: sync=a fd=f", before: open, after: alive },
  {
    call: "syncobj_handle_to_fd: sync=a sync_file fd=f",
    before: `${open}syncobj_signal: sync=a\n`,
    after: alive,
  },
  {
    call: "syncobj_fd_to_handle: fd=f sync=n file=second",
    before: `plug:\nsleep: for=100ms\nopen:\nopen: file=second
syncobj_create: sync=a\nsyncobj_handle_to_fd: sync=a fd=f\n`,
    after: alive,
  },
  {
    call: "syncobj_import_sync_file: fd=f sync=b:3",
    before: `${open}syncobj_signal: sync=a\nsyncobj_handle_to_fd: sync=a sync_file fd=f\n`,
    after: alive,
  },
  {
    call: "sync_file_info: fd=f",
    before: `${open}syncobj_signal: sync=a\nsyncobj_handle_to_fd: sync=a sync_file fd=f\n`,
    after: alive,
  },
];

/** An object that two files share, and one of somebody else's. */
const shared = `${setup}open: file=second
bo_create: bo=mine size=16KiB
`;
const sharedAlive = `bo_create: bo=c size=4KiB
bo_export: bo=c fd=fd-c
bo_import: fd=fd-c bo=again file=second
gem_close: bo=again
${job}`;
const foreign = `${shared}dma_heap_alloc: fd=heap size=32KiB
`;

export const primePaths: readonly Path[] = [
  { call: "bo_export: bo=mine fd=f", before: shared, after: sharedAlive },
  {
    call: "bo_import: fd=f bo=theirs file=second",
    before: `${shared}bo_export: bo=mine fd=f\n`,
    after: sharedAlive,
  },
  { call: "dma_heap_alloc: fd=h size=68KiB", before: shared, after: sharedAlive },
  { call: "bo_import: fd=heap bo=foreign", before: foreign, after: sharedAlive },
  {
    call: "dma_buf_attach: fd=f",
    before: `${shared}bo_export: bo=mine fd=f\n`,
    after: `dma_buf_detach: fd=f\n${sharedAlive}`,
  },
  {
    call: "dma_buf_export_sync_file: fd=f access=both sync_file=out",
    before: `${shared}bo_export: bo=mine fd=f
bo_create: bo=slow size=4KiB vm=vm
bo_write: bo=slow stream=long
vm_bind: vm=vm op=map bo=slow va=0x3000000 size=4KiB
group_create: group=h vm=vm queue={}
syncobj_create: sync=a
syncobj_create: sync=b
group_submit: group=g stream=long signal=a
syncobj_handle_to_fd: sync=a fd=fence sync_file
dma_buf_import_sync_file: fd=f access=write sync_file=fence
group_submit: group=h stream=long signal=b
syncobj_handle_to_fd: sync=b fd=fence2 sync_file
dma_buf_import_sync_file: fd=f access=read sync_file=fence2
`,
    after: `syncobj_wait: sync=a,b all timeout=5s\n${sharedAlive}`,
  },
  {
    call: "dma_buf_import_sync_file: fd=f access=write sync_file=fence",
    before: `${shared}bo_export: bo=mine fd=f
syncobj_create: sync=b signaled
syncobj_handle_to_fd: sync=b fd=fence sync_file
`,
    after: sharedAlive,
  },
];
