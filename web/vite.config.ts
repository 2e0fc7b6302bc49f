import { defineConfig } from "vite";
import { budget } from "./budget.ts";

/** The package: what an application bundles itself (React, hls.js) stays outside. */
export default defineConfig({
  build: {
    lib: { entry: "index.ts", formats: ["es"], fileName: "index", cssFileName: "player" },
    rolldownOptions: {
      // The names of the files that went into it are nothing to a browser.
      experimental: { attachDebugInfo: "none" },
      external: ["react", "react/jsx-runtime", "hls.js", "hls.js/light"],
      // For frameworks that render on a server unless told otherwise.
      output: { banner: '"use client";' },
    },
  },
  plugins: [budget({ ".js": 24, ".css": 3 })],
});
