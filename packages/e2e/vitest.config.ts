import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    // One browser and one server for each file, and two cores: files run one after the other.
    fileParallelism: false,
    // Deadlines only end a run that hangs.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
