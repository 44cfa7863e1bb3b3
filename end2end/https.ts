import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer as createHttpServer, request } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type Socket, createServer } from "node:net";
import { generate } from "selfsigned";

/** The first byte of a TLS connection: a handshake. */
const HANDSHAKE = 0x16;

/** A proxy as an operator puts in front of the server: https, and a redirect to it on plain http, on one port. */
export class Front {
  private constructor(
    readonly port: number,
    /** Who trusts the proxy trusts this: it is made for one run. */
    readonly certificate: string,
    private readonly close: () => void,
  ) {}

  get url(): string {
    return `https://localhost:${this.port}`;
  }

  static async start(port: number, backend: number): Promise<Front> {
    const attributes = [{ name: "commonName", value: "localhost" }];
    const names = { name: "subjectAltName" as const, altNames: [{ type: 2 as const, value: "localhost" }] };
    const made = await generate(attributes, { keySize: 2048, algorithm: "sha256", extensions: [names] });
    const secure = createHttpsServer({ key: made.private, cert: made.cert }, (asked, answer) => pass(asked, answer, backend));
    const plain = createHttpServer((asked, answer) => {
      answer.writeHead(301, { location: `https://localhost:${port}${asked.url}` }).end();
    });
    const sockets = new Set<Socket>();
    const both = createServer((socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      socket.once("data", (first) => {
        socket.pause();
        socket.unshift(first);
        (first[0] === HANDSHAKE ? secure : plain).emit("connection", socket);
        process.nextTick(() => socket.resume());
      });
    });
    both.listen(port, "localhost");
    await once(both, "listening");
    return new Front(port, made.cert, () => {
      both.close();
      for (const socket of sockets) socket.destroy();
    });
  }

  stop(): void {
    this.close();
  }
}

/** Hands a request on as it is. */
function pass(asked: IncomingMessage, answer: ServerResponse, port: number): void {
  const { method, url: path, headers } = asked;
  const onward = request({ host: "127.0.0.1", port, method, path, headers }, (back) => {
    answer.writeHead(back.statusCode ?? 502, back.rawHeaders);
    back.pipe(answer);
  });
  onward.on("error", () => answer.destroy());
  asked.pipe(onward);
}
