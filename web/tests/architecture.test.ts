import { expect, it } from "vitest";

const live = import.meta.glob<string>(["../live/*.ts", "../live/*.tsx"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const player = import.meta.glob<string>("../HLSPlayer.tsx", {
  query: "?raw",
  import: "default",
  eager: true,
});

const wall = import.meta.glob<string>(["../wall/*.ts", "../wall/*.tsx", "../CameraWall.tsx"], {
  query: "?raw",
  import: "default",
  eager: true,
});

const imports = (source: string) =>
  [...source.matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map((match) => match[1] ?? "");

it("the folder can be copied into a dashboard: it needs React and hls.js and nothing else", () => {
  const needed = Object.values({ ...live, ...player }).flatMap(imports);
  const outside = new Set(needed.filter((name) => !/^\.\/(live\/)?[\w.-]+$/.test(name)));
  expect([...outside].sort()).toEqual(["hls.js", "hls.js/light", "react"]);
});

it("the wall can be copied beside it: it needs React and the player, and the player does not need it", () => {
  const needed = new Set(Object.values(wall).flatMap(imports));
  const outside = [...needed].filter((name) => !/^\.{1,2}\/(live\/|wall\/)?[\w.-]+$/.test(name));
  expect(outside).toEqual(["react"]);
});

it("only one file knows hls.js as more than types", () => {
  const users = Object.entries(live).filter(([, source]) =>
    /import\("hls|^import (?!type).*"hls/m.test(source),
  );
  expect(users.map(([file]) => file)).toEqual(["../live/hls.ts"]);
});

const PURE = {
  live: [
    "rhythm",
    "held",
    "events",
    "view",
    "parts",
    "pace",
    "evidence",
    "machine",
    "failure",
    "playlist",
    "labels",
    "words",
    "config",
    "latency",
    "sparkline",
  ],
  wall: ["allotment", "capacity", "neighbour", "cameras"],
};
const files = Object.entries(PURE).flatMap(([folder, names]) =>
  names.map((name) => `../${folder}/${name}.ts`),
);

it.each(files)("%s is pure: no clock, no network, no DOM", (file) => {
  const source = live[file] ?? wall[file] ?? "";
  expect(source).not.toBe("");
  expect(
    source.match(
      /\b(Date\.now|new Date\(\)|performance\.|fetch\(|document\.|window\.|setTimeout|Math\.random)/g,
    ),
  ).toBeNull();
});
