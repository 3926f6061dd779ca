import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["parlance-source"] },
  ssr: { resolve: { conditions: ["parlance-source"] } },
  test: { include: ["packages/{protocol,client,testing,pages}/src/**/*.test.ts"] },
});
