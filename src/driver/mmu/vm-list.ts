// The lists of VMs that the shrinker walks: a VM is in one of them at most.
// Stands for panthor_vm::reclaim::lru_node (include/linux/list.h).

import type { PanthorVm } from "./types.ts";

/** list_del_init(). */
export function delInit(vm: PanthorVm): void {
  const { list } = vm.reclaim;
  if (list === null) return;
  list.splice(list.indexOf(vm), 1);
  vm.reclaim.list = null;
}

/** list_move_tail(), list_add_tail(). */
export function moveTail(vm: PanthorVm, list: PanthorVm[]): void {
  delInit(vm);
  list.push(vm);
  vm.reclaim.list = list;
}

/** list_move(), list_add(). */
export function moveHead(vm: PanthorVm, list: PanthorVm[]): void {
  delInit(vm);
  list.unshift(vm);
  vm.reclaim.list = list;
}

/** list_splice_init(): all of `from` to the head of `to`. */
export function spliceHead(from: PanthorVm[], to: PanthorVm[]): void {
  const vms = from.splice(0);
  to.unshift(...vms);
  for (const vm of vms) vm.reclaim.list = to;
}

/** list_splice_tail_init(). */
export function spliceTail(from: PanthorVm[], to: PanthorVm[]): void {
  const vms = from.splice(0);
  to.push(...vms);
  for (const vm of vms) vm.reclaim.list = to;
}
