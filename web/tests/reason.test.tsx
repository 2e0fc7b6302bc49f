import { expect, it } from "vitest";
import { HLSPlayer } from "../HLSPlayer";
import { loadFakeHls } from "./fakeHls";
import { eventually, leave, show } from "./screen";
import { serve } from "./server";

const store = serve();

it("the player says in the box's own words why there is no picture", async () => {
  store.answer(
    "/cam/status.json",
    200,
    JSON.stringify({
      state: "refused",
      name: "Till 2",
      reason: "The camera refused the login.",
      advice: "Check user and password in cameras.yaml.",
    }),
  );
  const screen = await show(<HLSPlayer src={`${store.origin}/cam/stream.m3u8`} loadHls={loadFakeHls} />);
  await eventually(() => {
    const notice = screen.querySelector(".hls-player-notice");
    expect([...(notice?.querySelectorAll("span, strong") ?? [])].map((line) => line.textContent)).toEqual([
      "Offline",
      "Till 2 is offline",
      "The camera refused the login.",
      "Check user and password in cameras.yaml.",
    ]);
  });
  // At once: what is still on its way would change what is on the screen while nobody looks (React's act()).
  await leave();
});
