import path from "node:path";
import { mergeConfig } from "vitest/config";
import config from "./vitest.config.ts";

const packages = path.join(import.meta.dirname, "tests/react-18/node_modules");

/** The tests of the component once more, with the other React it promises to work with. */
export default mergeConfig(config, {
  resolve: { alias: { react: path.join(packages, "react"), "react-dom": path.join(packages, "react-dom") } },
  test: { env: { REACT: "18" } },
});
