import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "jsdom",
    env: { REACT: "19" },
    include: ["tests/*.test.{ts,tsx}"],
    exclude: [...configDefaults.exclude, "tests/browser/**"],
    // An unexpected line on the console is a failure waiting to be understood.
    onConsoleLog: (log) => {
      throw new Error(`Unexpected console output: ${log}`);
    },
  },
});
