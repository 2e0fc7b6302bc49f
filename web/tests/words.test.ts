import { describe, expect, it } from "vitest";
import { ENGLISH, labelsWith, type SomeLabels } from "../live/labels";
import type { Phase } from "../live/machine";
import { OPENING, type View } from "../live/view";
import type { Status } from "../live/status";
import { wordsFor } from "../live/words";

const now = new Date(2026, 10, 21, 14, 30);
const box: Status = {
  state: "offline",
  name: "Floor Camera",
  reason: "The camera does not answer.",
  advice: "Is it plugged in?",
  since: null,
  beat: 1,
  publishLag: null,
  eventsUrl: null,
};
const say = (phase: Phase, status: Status | null = null, more: Partial<View> = {}, labels?: SomeLabels) =>
  wordsFor({ ...OPENING, phase, status, ...more }, now, labelsWith(labels));

describe("the words", () => {
  it("are few while the picture is live", () => {
    expect(say("live", box)).toEqual({ label: "Live", headline: null, detail: null, advice: null });
  });

  it("are the box's own where it has some", () => {
    expect(say("offline", box)).toEqual({
      label: "Offline",
      headline: "Floor Camera is offline",
      detail: "The camera does not answer.",
      advice: "Is it plugged in?",
    });
  });

  it("say since when nothing came, where the box says nothing", () => {
    const at = (day: number) => ({ lastPictureAt: new Date(2026, 10, day, 14, 3, 22) });
    const today = say("offline", null, at(21));
    expect(today.label).toMatch(/^Offline since (0?2|14):03/);
    expect(today.detail).toMatch(/^No new picture since (0?2|14):03/);
    expect(say("offline", null, at(19)).label).toContain("19");
    expect(say("offline").detail).toBe("No picture has arrived.");
    expect(say("offline", { ...box, since: new Date(2026, 10, 21, 9, 15) }).label).toMatch(/since 0?9:15/);
  });

  it("tell the viewer's network, the store and the box apart", () => {
    expect(say("reconnecting", null, { online: false }).detail).toBe("This device has no network.");
    expect(say("reconnecting", null, { failure: "unreachable" }).detail).toBe("The store does not answer.");
    expect(say("offline", null, { failure: "down" }).detail).toBe("The store has trouble.");
    const silent = { ...box, state: "live", reason: null, advice: null };
    expect(say("offline", silent, { silent: true }).advice).toMatch(/^Nothing is heard of its box either/);
    expect(say("offline", silent).advice).toBeNull();
  });

  it("say of a bucket that it may be private", () => {
    expect(say("not-configured", null, { failure: "no-bucket" }).detail).toMatch(/or is private/);
    expect(say("not-configured", null, { failure: "missing" }).detail).toMatch(/no stream at this address/);
  });

  it("are not the box's where it cannot know better", () => {
    expect(say("no-permission", box).detail).not.toBe(box.reason);
    expect(say("at-capacity", box).advice).toBe("It goes on by itself when there is room.");
  });

  it("can all be replaced, one by one", () => {
    const german: SomeLabels = {
      badge: { live: "Jetzt" },
      headline: { offline: "{camera} sendet nicht" },
      offlineSince: "Weg seit {time}",
    };
    expect(say("live", null, {}, german).label).toBe("Jetzt");
    expect(say("offline", box, {}, german).headline).toBe("Floor Camera sendet nicht");
    expect(say("offline", box, { lastPictureAt: now }, german).label).toMatch(/^Weg seit/);
    expect(say("paused", null, {}, german).label).toBe("Paused");
  });

  it.each(Object.keys(ENGLISH.badge) as Phase[])("are there for %s, with and without a name", (phase) => {
    for (const status of [box, null]) {
      const { label, headline } = say(phase, status);
      expect(label).not.toBe("");
      expect(headline ?? "").not.toMatch(/[{}]|null|undefined/);
    }
  });
});
