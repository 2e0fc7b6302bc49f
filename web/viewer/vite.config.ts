import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: {
    // Served by the worker and shipped in its wheel.
    outDir: "../../uploader/server/viewer",
    emptyOutDir: true,
    // The worker's content security policy knows no data: scripts or styles; a file each is simplest.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // hls.js is one large file that loads beside the page.
    chunkSizeWarningLimit: 600,
  },
});
