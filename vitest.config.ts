import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "threads",
    // The default keeps a core free: of two cores that is half of them.
    maxWorkers: "100%",
    globalSetup: ["./test/support/build-cli.ts"],
    reporters: ["default", "./test/support/summary-reporter.ts"],
  },
});
