import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
    /** What its pages ask for. */
    private readonly token: string | undefined,
  ) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
    }
  }

  /**
   * Start it, with this in its environment; resolves when its cameras are live.
   * Instead of a worker that died, with `like`: at the same address, with what that one left behind.
   * With `cameras`, the text of a cameras.yaml, it streams all of those; they are live, or known not to be there.
   */
  static async start(
    variables: Record<string, string> = {},
    like?: Worker,
    cameras?: string,
  ): Promise<Worker> {
    const port = like === undefined ? await freePort() : Number(new URL(like.origin).port);
    const data = like?.data ?? (await mkdtemp(path.join(tmpdir(), "storefeed-")));
    const env: NodeJS.ProcessEnv = { ...process.env, STOREFEED_PORT: `${port}`, STOREFEED_DATA: data };
    for (const name of ["SUPABASE_URL", "SUPABASE_KEY"]) Reflect.deleteProperty(env, name);
    Object.assign(env, variables);
    const file = path.join(data, "cameras.yaml");
    if (cameras !== undefined) await writeFile(file, cameras);
    const chosen = cameras === undefined ? ["--camera", "cam_floor"] : ["--config", file, "--all"];
    const child = spawn(PYTHON, ["live_stream.py", ...chosen], { cwd: ROOT, env });
    const worker = new Worker(`http://127.0.0.1:${port}`, child, data, env["STOREFEED_TOKEN"]);
    try {
      await worker.untilLive();
    } catch (error) {
      await worker.stop();
      throw error;
    }
    return worker;
  }

  /** The key of its store, which also opens what is private there. */
  async storeKey(): Promise<string> {
    return (await readFile(path.join(this.data, "store.key"), "utf8")).trim();
  }

  /** End its FFmpeg as a crash would. */
  async killFFmpeg(): Promise<void> {
    for (const ffmpeg of await this.ffmpegs()) process.kill(ffmpeg, "SIGKILL");
  }

  /** The process ids of its FFmpegs. */
  async ffmpegs(): Promise<number[]> {
    const { pid } = this.process;
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
    const names = await Promise.all(
      children.map((child) => readFile(`/proc/${child}/comm`, "utf8").catch(() => "")),
    );
    return children.map(Number).filter((_child, index) => names[index]?.startsWith("ffmpeg"));
  }

  /** End it as a crash would; what it left behind stays. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
    await rm(this.data, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, "exit");
    this.process.kill(signal);
    const kill = setTimeout(() => this.process.kill("SIGKILL"), STOP * 1000);
    await exit;
    clearTimeout(kill);
  }

  private async untilLive(): Promise<void> {
    const deadline = Date.now() + START * 1000;
    while (Date.now() < deadline && this.process.exitCode === null) {
      const states = await this.states();
      if (states.includes("live") && !states.includes("starting")) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The worker is not live after ${START} s. It said:\n${this.said}`);
  }

  private async states(): Promise<string[]> {
    const headers = new Headers(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` });
    const response = await fetch(`${this.origin}/api/cameras`, { headers }).catch(() => null);
    if (!response?.ok) return [];
    const { cameras } = (await response.json()) as { cameras: { state: string }[] };
    return cameras.map(({ state }) => state);
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
