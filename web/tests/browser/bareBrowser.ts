import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { EXECUTABLE, FLAGS } from "./browser";

/** What a page holds after its garbage was collected. */
export interface Memory {
  /** JavaScript's objects and the code compiled for them, and the bytes behind its buffers; MB. */
  readonly heap: number;
  readonly buffers: number;
  /** All of the page's process, MB. */
  readonly resident: number;
  readonly nodes: number;
  readonly listeners: number;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly chunk?: string };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const MB = 2 ** 20;

/**
 * Chromium with one page and nobody attached to its network: a driver's browser keeps the body of every response, and
 * with it grows by tens of MB a minute.
 */
export class BareBrowser {
  private page: { readonly targetId: string; readonly sessionId: string } | null = null;
  private asked = 0;
  private heard = "";
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private snapshot = "";

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    const output = process.stdio[4] as Readable;
    output.setEncoding("utf8").on("data", (text: string) => {
      this.hear(text);
    });
  }

  static async open(address: string): Promise<BareBrowser> {
    const profile = await mkdtemp(path.join(tmpdir(), "storefeed-chromium-"));
    const flags = [...FLAGS, "--remote-debugging-pipe", `--user-data-dir=${profile}`];
    const child = spawn(EXECUTABLE, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    const browser = new BareBrowser(child, profile);
    const { targetId } = await browser.ask<{ targetId: string }>("Target.createTarget", { url: address });
    const to = { targetId, flatten: true };
    const { sessionId } = await browser.ask<{ sessionId: string }>("Target.attachToTarget", to);
    browser.page = { targetId, sessionId };
    return browser;
  }

  async close(): Promise<void> {
    const exit = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await exit;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  /** What an expression comes to in the page; promises are waited for. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result } = await this.inPage<{ result: { value: Value } }>("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    return result.value;
  }

  /** What the page holds that is not garbage. */
  async memory(): Promise<Memory> {
    await this.inPage("HeapProfiler.collectGarbage");
    const heap = await this.inPage<{ usedSize: number; backingStorageSize: number }>("Runtime.getHeapUsage");
    const dom = await this.inPage<{ nodes: number; jsEventListeners: number }>("Memory.getDOMCounters");
    return {
      heap: heap.usedSize / MB,
      buffers: heap.backingStorageSize / MB,
      resident: await residentBelow(this.process.pid ?? 0),
      nodes: dom.nodes,
      listeners: dom.jsEventListeners,
    };
  }

  /**
   * Bytes of the objects that the page's own code made and still holds. Without compiled code and what goes with it, of
   * which there is more and more until all of it has been optimized, and without what is the browser's.
   */
  async data(): Promise<number> {
    this.snapshot = "";
    await this.inPage("HeapProfiler.takeHeapSnapshot");
    return dataIn(JSON.parse(this.snapshot) as Snapshot);
  }

  /** Another tab is before it now; until the function that this gives is called. */
  async hide(): Promise<() => Promise<void>> {
    const { targetId } = await this.ask<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    return async () => {
      await this.ask("Target.activateTarget", { targetId: this.page?.targetId });
      await this.ask("Target.closeTarget", { targetId });
    };
  }

  /** What browsers do to a hidden tab after some minutes: no line of it runs until the function that this gives is called. */
  async freeze(): Promise<() => Promise<void>> {
    await this.inPage("Page.setWebLifecycleState", { state: "frozen" });
    return () => this.inPage("Page.setWebLifecycleState", { state: "active" });
  }

  private inPage<Result>(method: string, params: object = {}): Promise<Result> {
    return this.ask(method, params, this.page?.sessionId);
  }

  private async ask<Result>(method: string, params: object, sessionId?: string): Promise<Result> {
    const id = ++this.asked;
    const answered = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    const input = this.process.stdio[3] as Writable;
    input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as Result;
  }

  private hear(text: string): void {
    const messages = (this.heard + text).split("\0");
    this.heard = messages.pop() ?? "";
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer;
      if (answer.method === "HeapProfiler.addHeapSnapshotChunk") this.snapshot += answer.params?.chunk ?? "";
      this.waiting.get(answer.id ?? 0)?.(answer);
      this.waiting.delete(answer.id ?? 0);
    }
  }
}

/** As far as it is needed here: every node is a row of `node_fields` in `nodes`. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: string[]; readonly node_types: [string[], ...unknown[]] };
  };
  readonly nodes: number[];
}

const NOT_DATA = new Set(["code", "object shape", "native", "hidden", "synthetic"]);

function dataIn({ snapshot: { meta }, nodes }: Snapshot): number {
  const [type, size, row] = [
    meta.node_fields.indexOf("type"),
    meta.node_fields.indexOf("self_size"),
    meta.node_fields.length,
  ];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += row) {
    const name = meta.node_types[0][nodes[node + type] ?? 0] ?? "";
    if (!NOT_DATA.has(name)) bytes += nodes[node + size] ?? 0;
  }
  return bytes;
}

/** Resident memory of the largest renderer below this process, MB. */
async function residentBelow(root: number): Promise<number> {
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    const status = /^\d+$/.test(name) ? await readFile(`/proc/${name}/status`, "utf8").catch(() => "") : "";
    parents.set(Number(name), Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0));
    const command = status && (await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => ""));
    if (command.includes("--type=renderer"))
      sizes.set(Number(name), Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0));
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  return Math.max(...[...sizes].filter(([pid]) => isBelow(pid)).map(([, size]) => size / 1024));
}
