import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Fails the build when what a browser loads, compressed, is larger than this, in kB by the end of a file's name. */
export function budget(limits: Readonly<Record<string, number>>): Plugin {
  return {
    name: "budget",
    // Style sheets are put into the bundle by Vite's own plugin.
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const [end, limit] of Object.entries(limits)) {
          const files = Object.values(bundle).filter(({ fileName }) => fileName.endsWith(end));
          const size = files.reduce(
            (sum, file) => sum + sizeOf(file.type === "chunk" ? file.code : file.source),
            0,
          );
          if (files.length === 0) this.error(`Nothing here ends in ${end}: the budget watches nothing.`);
          if (size > limit) this.error(`${end} is ${size.toFixed(1)} kB compressed, and may be ${limit}.`);
        }
      },
    },
  };
}

const sizeOf = (content: string | Uint8Array): number => gzipSync(content).length / 1000;
