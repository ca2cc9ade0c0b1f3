// Whether this runs in continuous integration: there nothing is written and nobody watches.

/** `CI` as CI systems set it; `CI=false`, `CI=0` and an empty value mean no. */
export function isCi(env: NodeJS.ProcessEnv = process.env): boolean {
  const value = env["CI"];
  return value !== undefined && !/^(|0|false|no)$/i.test(value);
}
