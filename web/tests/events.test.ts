import { expect, it } from "vitest";
import { EventReader } from "../live/events";

const WIRE =
  'retry: 2000\n\nevent: playlist\ndata: {"text":"#EXTM3U\\n"}\n\n:\n\nevent: part\r\ndata:one\r\ndata: two\r\nid: 7\r\n\r\ndata: plain\n\n';
const EVENTS = [
  { kind: "playlist", data: '{"text":"#EXTM3U\\n"}' },
  { kind: "part", data: "one\ntwo" },
  { kind: "message", data: "plain" },
];

it("events are read, and what only shows that the connection lives is passed over", () => {
  expect(new EventReader().read(WIRE)).toEqual(EVENTS);
});

it.each([1, 2, 3, 7])("events are read out of pieces of %i characters", (size) => {
  const reader = new EventReader();
  const pieces = WIRE.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
  expect(pieces.flatMap((piece) => reader.read(piece))).toEqual(EVENTS);
});

it("an event is not told before it is whole", () => {
  const reader = new EventReader();
  expect(reader.read("data: half")).toEqual([]);
  expect(reader.read(" and half\n")).toEqual([]);
  expect(reader.read("\n")).toEqual([{ kind: "message", data: "half and half" }]);
});

it("an event without an end is not kept for ever", () => {
  const reader = new EventReader();
  const piece = "data: " + "x".repeat(600_000);
  expect(reader.read(piece)).toEqual([]);
  expect(() => reader.read(piece)).toThrow(RangeError);
});
