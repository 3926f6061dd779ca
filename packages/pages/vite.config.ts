import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const page = (name: string): string => fileURLToPath(new URL(`${name}.html`, import.meta.url));

export default defineConfig({
  // The same files are served at `/` and at `/demo/`: every address in them is relative.
  base: "./",
  resolve: { conditions: ["parlance-source", "module", "browser", "development|production"] },
  build: {
    target: "es2022",
    // The pages are served without inline scripts or styles, so that a strict policy can forbid them.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: { input: { index: page("index"), chat: page("chat"), fixmate: page("fixmate") } },
  },
});
