import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const PYTHON = path.join(ROOT, ".venv/bin/python");
/** Seconds within which the worker is live, and ends when asked to. */
const START = 30;
const STOP = 10;

/** The real worker, streaming the shipped test picture into its own store. */
export class Worker {
  private said = "";

  private constructor(
    readonly origin: string,
    private readonly process: ChildProcess,
    private readonly data: string,
  ) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
    }
  }

  /** Start it; resolves when its camera is live. */
  static async start(camera = "cam_floor"): Promise<Worker> {
    const port = await freePort();
    const data = await mkdtemp(path.join(tmpdir(), "storefeed-"));
    const env = { ...process.env, STOREFEED_PORT: `${port}`, STOREFEED_DATA: data };
    for (const name of ["SUPABASE_URL", "SUPABASE_KEY"]) Reflect.deleteProperty(env, name);
    const child = spawn(PYTHON, ["live_stream.py", "--camera", camera], { cwd: ROOT, env });
    const worker = new Worker(`http://127.0.0.1:${port}`, child, data);
    try {
      await worker.untilLive(camera);
    } catch (error) {
      await worker.stop();
      throw error;
    }
    return worker;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const exit = once(this.process, "exit");
      this.process.kill("SIGTERM");
      const kill = setTimeout(() => this.process.kill("SIGKILL"), STOP * 1000);
      await exit;
      clearTimeout(kill);
    }
    await rm(this.data, { recursive: true, force: true });
  }

  private async untilLive(camera: string): Promise<void> {
    const deadline = Date.now() + START * 1000;
    while (Date.now() < deadline && this.process.exitCode === null) {
      if ((await this.stateOf(camera)) === "live") return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The worker is not live after ${START} s. It said:\n${this.said}`);
  }

  private async stateOf(camera: string): Promise<unknown> {
    const response = await fetch(`${this.origin}/api/cameras/${camera}`).catch(() => null);
    const status = response?.ok ? ((await response.json()) as { state?: unknown }) : null;
    return status?.state;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
