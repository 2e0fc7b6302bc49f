import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";

/** A web server of a few lines that says what it was told to say. */
export class Store {
  /** Path and query of everything asked for. */
  readonly requests: string[] = [];
  /** The Authorization that each path was last asked for with. */
  readonly tokens = new Map<string, string | undefined>();
  private readonly answers = new Map<string, (response: ServerResponse) => void>();
  private readonly server = createServer((request, response) => {
    const url = request.url ?? "";
    this.requests.push(url);
    const path = url.split("?")[0] ?? "";
    if (request.method !== "OPTIONS") this.tokens.set(path, request.headers.authorization);
    const answer = this.answers.get(path);
    if (answer) answer(response);
    else response.writeHead(404).end();
  });

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Leave every answer for `path` to a function. */
  handle(path: string, answer: (response: ServerResponse) => void): void {
    this.answers.set(path, answer);
  }

  answer(path: string, status: number, body: string): void {
    this.handle(path, (response) =>
      response.writeHead(status, { "access-control-allow-origin": "*" }).end(body),
    );
  }

  /** Take the question and never answer. */
  hang(path: string): void {
    this.handle(path, () => undefined);
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A store for the tests of one file. */
export function serve(): Store {
  const store = new Store();
  beforeAll(() => store.start());
  afterAll(() => store.stop());
  return store;
}
