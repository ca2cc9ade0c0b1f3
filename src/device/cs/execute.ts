// The instructions. Each returns `next` (go on behind it) or `stay` (it moved the program counter
// itself, or blocked). An access that cannot be done throws before anything has changed.
// In error state (after an acknowledged CS_FAULT) work, calls and sync operations that do not
// propagate errors are skipped until ERROR_BARRIER.

import { type Annotation, runAfflicted } from "./annotation.ts";
import { executeArithmetic, executePlain } from "./execute-arithmetic.ts";
import { executeSync } from "./execute-sync.ts";
import { exception, isKnown, isRun, op } from "./opcode.ts";
import { next, type Outcome, stay } from "./outcome.ts";
import type { Word } from "./registers.ts";
import type { CommandStream } from "./stream.ts";

const callDepthMax = 8;
const plainRun: Annotation = {};

/** Executes one instruction; `again` when a blocked wait is only looked at again. */
export function execute(
  s: CommandStream,
  w: Word,
  annotation: Annotation | undefined,
  again = false,
): Outcome {
  const code = w.opcode;
  if (isRun(code) || annotation?.runNs !== undefined) return run(s, annotation);
  if (annotation !== undefined && s.error === 0 && s.afflict(annotation)) return stay;
  if (executePlain(s.regs, w.hi, w.lo)) return next;
  switch (code) {
    case op.PROT_REGION:
    case op.TRACE_POINT:
      return next;
    case op.WAIT:
      return wait(s, w);
    case op.CALL:
    case op.JUMP:
      return call(s, w);
    case op.SET_SB_ENTRY:
      s.endpointEntry = w.lo & 0xf;
      s.otherEntry = (w.lo >>> 4) & 0xf;
      return next;
    case op.SET_EXCEPTION_HANDLER:
      s.oomHandler = { start: s.regs.address(w.addr), length: s.regs.get32(w.data) };
      return next;
    case op.REQ_RESOURCE:
      s.resources = w.lo & 0xf;
      return next;
    case op.FLUSH_CACHE2:
      return flush(s, w);
    case op.STORE_STATE:
      return storeState(s, w);
    case op.ERROR_BARRIER:
      s.error = 0;
      return next;
    case op.HEAP_SET:
      s.heap.context = s.regs.address(w.addr);
      return next;
    case op.HEAP_OPERATION:
      s.sb.defer({ mask: w.mask, entry: w.signal, run: () => heapOperation(s, w.data & 3) });
      return next;
    case op.FINISH_TILING:
      return next;
    case op.FINISH_FRAGMENT:
      s.sb.defer({
        mask: w.mask,
        entry: w.signal,
        run: () => {
          if ((w.lo & 1) !== 0) s.heap.fragments++;
        },
      });
      return next;
    default:
      break;
  }
  const outcome = executeSync(s, w, again) ?? executeArithmetic(s, w);
  if (outcome !== null) return outcome;
  if (isKnown(code)) return next;
  s.raiseFatal(exception.instrInvalid);
  return stay;
}

/** RUN_*: work on the endpoints, of the length that the trace gives. */
function run(s: CommandStream, annotation: Annotation | undefined): Outcome {
  if (s.error !== 0) return next;
  const { profile } = s.host;
  const a = annotation ?? plainRun;
  const ns = a.runNs ?? profile.latencies.defaultRun;
  const blocks = a.blocks ?? profile.shape.runBlocksStream;
  if (ns > 0 && blocks) {
    // EXTRACT of a ring moves when the work is handed out; within a called buffer it stays.
    if (s.frames.length === 0 && !runAfflicted(a)) s.advance();
    s.busyFor(ns);
    return stay;
  }
  if (a.hang === true && !blocks) {
    s.sb.hang(s.endpointEntry);
    return next;
  }
  if (ns > 0) {
    s.sb.start(s.endpointEntry, ns, () => {
      if (s.isActive) s.afflict(a);
    });
    return next;
  }
  return s.afflict(a) ? stay : next;
}

function wait(s: CommandStream, w: Word): Outcome {
  const mask = w.mask & 0xff;
  if ((w.hi & 1) !== 0) s.slot.progress[s.id]++;
  if (!s.sb.isBusy(mask)) return next;
  s.waitMask = mask;
  s.advance();
  s.setState("WAIT_SB");
  return stay;
}

function call(s: CommandStream, w: Word): Outcome {
  if (s.error !== 0) return next;
  const pc = s.regs.address(w.addr);
  const length = s.regs.get32(w.data);
  const frame = { pc, end: pc + length - (length % 8) };
  if (w.opcode === op.JUMP && s.frames.length > 0) {
    s.frames[s.frames.length - 1] = frame;
    return stay;
  }
  if (s.frames.length >= callDepthMax) {
    s.raiseFatal(exception.callStackOverflow);
    return stay;
  }
  s.frames.push(frame);
  return stay;
}

/**
 * FLUSH_CACHE2: cleans and invalidates GPU caches, signalling its entry. Skipped when the flush id
 * in its register is not zero and flushes have ended since.
 */
function flush(s: CommandStream, w: Word): Outcome {
  const { host } = s;
  const latest = s.regs.get32(w.addr);
  if (latest !== 0 && host.flushId() > latest) return next;
  if (!s.sb.isBusy(w.mask)) startFlush(s, w.signal);
  else {
    s.sb.defer({ mask: w.mask, entry: w.signal, run: () => startFlush(s, w.signal) });
  }
  return next;
}

function startFlush(s: CommandStream, entry: number): void {
  s.host.flushed();
  s.sb.start(entry, s.host.profile.latencies.csFlush, null);
}

function storeState(s: CommandStream, w: Word): Outcome {
  const va = s.regs.address(w.addr) + w.offset;
  const pa = s.memory.translate(va, "write");
  const { host } = s;
  const store = (): void => {
    const values = [host.timestamp(), host.cycles(), 0n, BigInt(s.error)];
    host.memory.write64(pa, values[w.data & 3]);
  };
  s.sb.defer({ mask: w.mask, entry: w.signal, run: store });
  return next;
}

function heapOperation(s: CommandStream, operation: number): void {
  if (operation === 0) s.heap.started++;
  else if (operation === 1) s.heap.completed++;
  else if (operation === 3) s.heap.fragments++;
}
