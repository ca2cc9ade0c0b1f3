// Replays the matrix of a manifest and walks through what is pending. What is accepted is written at
// once, all or nothing, and only over the file that was compared.

import { readGoldenText, removeGolden, writeGoldenText } from "../golden/store.ts";
import { fails, type GateCase } from "../report/gate.ts";
import { type Reviewed, reviewSummary } from "../report/review.ts";
import { ansiStyle, noStyle } from "../report/text.ts";
import { type Answer, type Answers, makeAnswers, parseAnswer } from "./answers.ts";
import { isCi } from "./ci.ts";
import { exitCode, gravest } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { readManifest } from "./manifest.ts";
import { caseOf, cellsOf, obsoleteGoldens, replayCells, unusedDeclarations } from "./matrix.ts";
import { replayCommandOf } from "./project.ts";
import { wantsColour } from "./streams.ts";
import { contentDigest, type Proposal } from "./verdict.ts";

export interface ReviewOptions {
  readonly manifest: string;
  readonly goldenRoot: string;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Something to decide about. */
interface Pending {
  readonly gate: GateCase;
  /** What accepting writes; null where there is nothing to accept. */
  readonly proposal: Proposal | "remove" | null;
}

/** Runs; 0 when all is accepted or nothing was pending, else 1 or what replays ended with. */
export async function runReview(o: ReviewOptions): Promise<number> {
  if (isCi()) throw new InputError("review: CI only checks; run it where goldens may be written");
  const colour = wantsColour(o.output);
  const cells = cellsOf(readManifest(o.manifest), o.goldenRoot);
  const { goldenRoot } = o;
  const outcomes = await replayCells(cells, { golden: "review", goldenRoot, colour });
  const pending: Pending[] = [
    ...cells.map((cell, i) => ({
      gate: caseOf(cell, outcomes[i]),
      proposal: outcomes[i].proposal ?? null,
    })),
    ...obsoleteGoldens(goldenRoot, new Set(cells.map((c) => c.golden))).map((gate) => ({
      gate,
      proposal: "remove" as const,
    })),
    ...unusedDeclarations(cells, outcomes).map((gate) => ({ gate, proposal: null })),
  ].filter(({ gate }) => fails(gate));
  const answers = makeAnswers(o.input, o.output);
  const reviewed: Reviewed[] = [];
  try {
    for (const one of pending) {
      const result = await decide(one, reviewed.length + 1, pending.length, answers, o.output);
      if (result === null) break;
      reviewed.push(result);
    }
  } finally {
    answers.close();
  }
  const style = colour ? ansiStyle : noStyle;
  const left = pending.slice(reviewed.length).map(({ gate }) => gate);
  o.output.write(`${reviewSummary(reviewed, left, style, commandOf).join("\n")}\n`);
  const open = left.length > 0 || reviewed.some((r) => r.state !== "accepted");
  // What was accepted is settled; a finding, bad input or a defect stays what it is.
  const stays = outcomes.map((c) => (c.exitCode > exitCode.differs ? c.exitCode : 0));
  return gravest([open ? exitCode.differs : exitCode.agrees, ...stays]);
}

const help = [
  "  a, accept          write the golden (or remove one that nothing names)",
  "  r, reject [WHY]    leave the golden; it is listed at the end, with why",
  "  s, skip            decide another time",
  "  q, quit            decide nothing more; what was accepted is written",
  "",
].join("\n");

/** Asks until one pending case is decided; null to quit. */
async function decide(
  pending: Pending,
  number: number,
  count: number,
  answers: Answers,
  output: ReviewOptions["output"],
): Promise<Reviewed | null> {
  const { gate, proposal } = pending;
  output.write(`\n[${number}/${count}] ${gate.name}: ${gate.verdict}\n`);
  output.write(`${gate.lines.join("\n")}\n\n`);
  const can = proposal === null ? "reject, skip, quit" : "accept, reject, skip, quit";
  for (;;) {
    const line = await answers.next(`${can}? `);
    if (line === null) return null;
    const answer = parseAnswer(line);
    const done = answer === null ? undefined : carryOut(pending, answer);
    if (done === null) return null;
    if (typeof done === "object") return done;
    output.write(done === undefined ? help : `${done}\n`);
  }
}

/** The result of an answer; null to quit, a text where it cannot be done, undefined for help. */
function carryOut(
  { gate, proposal }: Pending,
  { choice, remark }: Answer,
): Reviewed | string | null | undefined {
  switch (choice) {
    case "help":
      return undefined;
    case "quit":
      return null;
    case "skip":
      return { gate, state: "skipped", remark };
    case "reject":
      return { gate, state: "rejected", remark };
    case "accept":
      break;
  }
  if (proposal === null) return "there is no golden that would change this; fix it, or skip";
  if (proposal === "remove") {
    removeGolden(gate.file);
    return { gate, state: "accepted", remark };
  }
  const now = readGoldenText(proposal.path);
  const same = (now === null ? null : contentDigest(now)) === proposal.instead;
  if (!same) {
    const why = "the golden has changed since it was compared; nothing written, review again";
    return { gate, state: "skipped", remark: why };
  }
  writeGoldenText(proposal.path, proposal.text);
  const stays = gate.verdict === "finding";
  if (!stays) return { gate, state: "accepted", remark };
  return { gate, state: "skipped", remark: "golden written, but the finding remains" };
}

function commandOf(gate: GateCase): string | null {
  const { file, revision, profile } = gate;
  if (revision === undefined || profile === undefined) return null;
  return replayCommandOf(file, `--revision ${revision} --profile ${profile}`);
}
