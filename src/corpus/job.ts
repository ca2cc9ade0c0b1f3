// The corpus cut into jobs for workers: a regression, an observation, or all controls on a trace.
// A job names what to judge; the overlays themselves cannot be sent to a thread.

import { controls } from "../revision/corpus/controls.ts";
import { regressions } from "../revision/corpus/list.ts";
import {
  type ControlResult,
  judgeControls,
  judgeObservation,
  judgeRegression,
  type ObservationResult,
  type RegressionResult,
} from "./judge.ts";
import { observations } from "./observations.ts";

export interface CorpusJob {
  readonly corpus: "regression" | "observation" | "controls";
  /** Id of what is judged; for controls, the path of a trace. */
  readonly what: string;
  /** Folder of all traces. */
  readonly traces: string;
}

export type CorpusJobResult =
  | { readonly corpus: "regression"; readonly result: RegressionResult }
  | { readonly corpus: "observation"; readonly result: ObservationResult }
  | { readonly corpus: "controls"; readonly result: ControlResult };

/** Every job there is: `controlTraces` are paths. */
export function corpusJobs(traces: string, controlTraces: readonly string[]): CorpusJob[] {
  const job = (corpus: CorpusJob["corpus"], what: string): CorpusJob => ({ corpus, what, traces });
  return [
    // The long ones first.
    ...controlTraces.map((path) => job("controls", path)),
    ...regressions.map((r) => job("regression", r.patch.id)),
    ...observations.map((o) => job("observation", o.id)),
  ];
}

/** Performs a job. What is judged must exist; the judging itself never throws. */
export function runCorpusJob({ corpus, what, traces }: CorpusJob): CorpusJobResult {
  switch (corpus) {
    case "regression": {
      const regression = regressions.find((r) => r.patch.id === what);
      if (regression === undefined) throw new RangeError(`no regression ${what}`);
      return { corpus, result: judgeRegression(regression, traces) };
    }
    case "observation": {
      const observation = observations.find((o) => o.id === what);
      if (observation === undefined) throw new RangeError(`no observation ${what}`);
      return { corpus, result: judgeObservation(observation, traces) };
    }
    case "controls":
      return { corpus, result: judgeControls(controls, what) };
  }
}
