import { expect, it } from "vitest";
import { HeldParts } from "../live/held";

it("the newest bodies are kept, and given once", () => {
  const held = new HeldParts();
  for (let size = 1; size <= 20; size += 1) held.keep(`/${size}`, new ArrayBuffer(size));
  const taken = () => Array.from({ length: 20 }, (_, i) => held.take(`/${i + 1}`)?.byteLength ?? 0);
  expect(taken().filter(Boolean)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
  expect(taken().filter(Boolean)).toEqual([]);
});
