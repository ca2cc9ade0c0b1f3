// All controls of the corpus.

import type { Patch } from "../patch.ts";
import { controlGuards } from "./control-guards.ts";
import { controlInitOrder } from "./control-init-order.ts";
import { controlIrqHelpers } from "./control-irq-helpers.ts";
import { controlRegisterAccessors } from "./control-register-accessors.ts";
import { controlRenamedLock } from "./control-renamed-lock.ts";
import { controlSplitFunction } from "./control-split-function.ts";
import { controlUnusedLock } from "./control-unused-lock.ts";

export const controls: readonly Patch[] = [
  controlRegisterAccessors,
  controlIrqHelpers,
  controlRenamedLock,
  controlSplitFunction,
  controlInitOrder,
  controlUnusedLock,
  controlGuards,
];
