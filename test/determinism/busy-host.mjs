// Preloaded before the command line: padding that must not show in any output. It takes time,
// memory and turns of the event loop, draws random numbers, and grows the heap.

const kept = [];
let turns = 0;

function turn() {
  turns++;
  kept.push(Array.from({ length: 1000 }, () => ({ r: Math.random(), t: performance.now() })));
  if (kept.length > 50) kept.length = 0;
  queueMicrotask(() => void Promise.resolve().then(() => turns++));
}

setInterval(turn, 1).unref();
setImmediate(function again() {
  turn();
  setImmediate(again).unref();
}).unref();
globalThis.padding = new Map(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, { i }]));
