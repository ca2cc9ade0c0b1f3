// What the published schemas of KCIDB I/O 5.3 and SARIF 2.1.0 demand of the parts that the gate
// writes: written down anew, as JSON Schema, closed where theirs are closed.

import Ajv, { type ValidateFunction } from "ajv";

const closed = (properties: object, required: readonly string[] = []): object => ({
  type: "object",
  additionalProperties: false,
  properties,
  required,
});
const list = (items: object): object => ({ type: "array", items });
const text = { type: "string", pattern: "^[^\\u0000]*$" };
const origin = { type: "string", pattern: "^[a-z0-9_]+$" };
const originId = { type: "string", pattern: "^[a-z0-9_]+:[^\\u0000]*$" };
const status = { enum: ["FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP"] };
const misc = { type: "object" };

export const kcidb: ValidateFunction = new Ajv().compile(
  closed(
    {
      version: closed({ major: { const: 5 }, minor: { enum: [0, 1, 2, 3] } }, ["major"]),
      checkouts: list(
        closed(
          {
            id: originId,
            origin,
            git_repository_url: { type: "string", pattern: "^https://[^\\u0000]*$" },
            git_repository_branch: text,
            git_commit_hash: { type: "string", pattern: "^[0-9a-f]{40}$" },
            valid: { type: "boolean" },
          },
          ["id", "origin"],
        ),
      ),
      builds: list(
        closed(
          {
            id: originId,
            origin,
            checkout_id: originId,
            comment: text,
            config_name: text,
            misc,
            status,
          },
          ["id", "origin", "checkout_id"],
        ),
      ),
      tests: list(
        closed(
          {
            id: originId,
            origin,
            build_id: originId,
            path: { type: "string", pattern: "^([a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*)?$" },
            status,
            comment: text,
            log_excerpt: { ...text, maxLength: 16384 },
            environment: closed({ comment: text }),
            misc,
          },
          ["id", "origin", "build_id"],
        ),
      ),
    },
    ["version"],
  ),
);

const message = closed({ text: { type: "string" } }, ["text"]);
const location = {
  id: { type: "integer", minimum: 0 },
  physicalLocation: closed(
    {
      // A URI reference: no spaces, no percent without two digits.
      artifactLocation: closed({
        uri: { type: "string", pattern: "^([A-Za-z0-9_.~!*'();:@&=+$,/?-]|%[0-9A-F]{2})+$" },
      }),
      region: closed({
        startLine: { type: "integer", minimum: 1 },
        startColumn: { type: "integer", minimum: 1 },
      }),
    },
    ["artifactLocation"],
  ),
};

export const sarif: ValidateFunction = new Ajv().compile(
  closed(
    {
      $schema: { type: "string" },
      version: { const: "2.1.0" },
      runs: list(
        closed(
          {
            tool: closed(
              {
                driver: closed(
                  {
                    name: { type: "string" },
                    rules: {
                      ...list(
                        closed({ id: { type: "string" }, shortDescription: message }, ["id"]),
                      ),
                      uniqueItems: true,
                    },
                  },
                  ["name"],
                ),
              },
              ["driver"],
            ),
            invocations: list(
              closed(
                {
                  executionSuccessful: { type: "boolean" },
                  toolExecutionNotifications: list(
                    closed({ level: { enum: ["none", "note", "warning", "error"] }, message }, [
                      "message",
                    ]),
                  ),
                },
                ["executionSuccessful"],
              ),
            ),
            versionControlProvenance: list(
              closed({ repositoryUri: { type: "string" }, revisionId: { type: "string" } }, [
                "repositoryUri",
              ]),
            ),
            columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
            results: list(
              closed(
                {
                  ruleId: { type: "string" },
                  ruleIndex: { type: "integer", minimum: 0 },
                  level: { enum: ["none", "note", "warning", "error"] },
                  message,
                  locations: list(closed(location)),
                  relatedLocations: { ...list(closed(location)), uniqueItems: true },
                  partialFingerprints: { type: "object", additionalProperties: { type: "string" } },
                },
                ["message"],
              ),
            ),
          },
          ["tool"],
        ),
      ),
    },
    ["version", "runs"],
  ),
);
