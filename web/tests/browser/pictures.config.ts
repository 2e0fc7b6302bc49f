import path from "node:path";
import { defineConfig } from "vitest/config";

/** `scripts/pictures`: looks at everything, and keeps what it sees. */
export default defineConfig({
  test: {
    root: path.resolve(import.meta.dirname, "../.."),
    include: ["tests/browser/pictures.ts"],
    environment: "node",
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
