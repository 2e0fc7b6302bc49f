import path from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // The benchmark says where to: a directory of its own, for each run.
  build: { emptyOutDir: true, chunkSizeWarningLimit: 1000, modulePreload: { polyfill: false } },
  cacheDir: path.resolve(import.meta.dirname, "../../node_modules/.vite-bench"),
});
