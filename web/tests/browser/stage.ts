import { afterAll, beforeAll } from "vitest";
import { Rig } from "./rig";
import { Worker } from "./worker";

export interface Stage {
  worker: Worker;
  rig: Rig;
}

/** The worker with the shipped camera, and a player's page before it: for the tests of one file, or of one `describe`. */
export function setStage(): Stage {
  const stage = {} as Stage;
  beforeAll(async () => {
    stage.worker = await Worker.start();
    stage.rig = await Rig.before(stage.worker);
  });
  afterAll(async () => {
    await stage.rig.stop();
    await stage.worker.stop();
  });
  return stage;
}
