import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import path from "node:path";

/** What happens to a request. `pass` answers it as the worker does, with its text changed where a function says how. */
export type Fault = (exchange: Exchange) => void | Promise<void>;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pass: (change?: (text: string) => string, headers?: Record<string, string>) => Promise<void>;
}

/** Seconds after which the worker counts as gone. */
const PATIENCE = 10;
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/**
 * A server between the browser and the worker: it serves the page of the player and everything of the worker, and what a
 * test has armed fails.
 */
export class Proxy {
  /** Path and query of everything that was asked for. */
  readonly requests: string[] = [];
  /** Answers that go on for as long as somebody listens. */
  private readonly streams = new Set<ServerResponse>();
  private faults: { readonly pattern: RegExp; readonly fault: Fault }[] = [];
  private readonly server = createServer((request, response) => {
    void this.answer(request, response).catch(() => response.destroy());
  });

  private readonly sockets = new Set<Socket>();

  /** `target` is the worker's origin; `page` the folder with the built page, where there is one. */
  private constructor(
    readonly target: string,
    private readonly page: string,
  ) {
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  static async start(target: string, page = ""): Promise<Proxy> {
    const proxy = new Proxy(target, page);
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on `fault` answers what matches; gives what takes it away again. */
  arm(pattern: RegExp, fault: Fault): () => void {
    const armed = { pattern, fault };
    this.faults.unshift(armed);
    return () => {
      this.faults = this.faults.filter((one) => one !== armed);
    };
  }

  disarm(): void {
    this.faults = [];
  }

  /** As after a change of networks: what is connected now hears nothing any more, and nobody hears of it. */
  strand(): void {
    for (const socket of this.sockets) {
      socket.pause();
      socket.cork();
    }
  }

  /** End every stream of events, as a network does that forgets connections; gives how many there were. */
  cut(): number {
    const { size } = this.streams;
    for (const stream of this.streams) stream.destroy();
    return size;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? "/";
    if (url.startsWith("/page/")) {
      await this.servePage(url, response);
      return;
    }
    this.requests.push(url);
    const exchange: Exchange = {
      request,
      response,
      pass: (change, headers) => this.pass(request, response, change, headers),
    };
    const armed = this.faults.find(({ pattern }) => pattern.test(url));
    await (armed ? armed.fault(exchange) : exchange.pass());
  }

  private async servePage(url: string, response: ServerResponse): Promise<void> {
    const name = /^\/page\/(?:assets\/)?([\w.-]+)/.exec(url)?.[1] ?? "index.html";
    const folder = name === "index.html" ? this.page : path.join(this.page, "assets");
    const body = await readFile(path.join(folder, name)).catch(() => null);
    response.writeHead(body ? 200 : 404, { "content-type": TYPES[path.extname(name)] ?? "text/plain" });
    response.end(body);
  }

  private async pass(
    from: IncomingMessage,
    response: ServerResponse,
    change?: (text: string) => string,
    headers: Record<string, string> = {},
  ): Promise<void> {
    const url = new URL(from.url ?? "/", this.target);
    const sent = { ...from.headers, host: url.host, ...headers };
    const asked = request(url, { method: from.method, headers: sent });
    const patience = setTimeout(() => asked.destroy(new Error("The worker is gone.")), PATIENCE * 1000);
    from.pipe(asked);
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    if (answer.headers["content-type"]?.startsWith("text/event-stream")) {
      clearTimeout(patience);
      this.stream(answer, response);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    clearTimeout(patience);
    const whole = Buffer.concat(chunks);
    const body = change ? Buffer.from(change(whole.toString())) : whole;
    for (const [name, value] of Object.entries(answer.headers)) {
      if (name !== "transfer-encoding" && value !== undefined) response.setHeader(name, value);
    }
    response.writeHead(answer.statusCode ?? 502, { "content-length": body.length });
    response.end(body);
  }

  private stream(answer: IncomingMessage, response: ServerResponse): void {
    this.streams.add(response);
    response.on("close", () => {
      this.streams.delete(response);
      answer.destroy();
    });
    answer.on("error", () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, { "content-type": answer.headers["content-type"] });
    answer.pipe(response);
  }
}

/** Answer with this. An object is JSON. */
export const say =
  (status: number, body: string | object = ""): Fault =>
  ({ response }) => {
    response.writeHead(status, {
      "content-type": typeof body === "string" ? "text/plain" : "application/json",
    });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };

/** Take the request and never answer. */
export const hang: Fault = () => undefined;
