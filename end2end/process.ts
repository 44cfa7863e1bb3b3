import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** How long a program may take until it answers, in milliseconds. */
const START = 20_000;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || !address) throw new Error("no port");
  return address.port;
}

/** A program under test, with what it said. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    private readonly said: string[],
  ) {}

  /** Starts it and waits until `ready` is answered with a success. */
  static async start(
    path: string,
    args: string[],
    options: { cwd: string; env: NodeJS.ProcessEnv; ready: string },
  ): Promise<Program> {
    const child = spawn(path, args, { cwd: options.cwd, env: options.env, stdio: ["ignore", "pipe", "pipe"] });
    const said: string[] = [];
    child.stdout.on("data", (chunk) => said.push(String(chunk)));
    child.stderr.on("data", (chunk) => said.push(String(chunk)));
    const program = new Program(child, said);
    const failed = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`${path} ended with ${code}:\n${said.join("")}`)));
    });
    // Once it is ready, its end is no longer news for this promise.
    failed.catch(() => {});
    await Promise.race([failed, answers(options.ready, program)]);
    return program;
  }

  /** What it wrote to its output so far. */
  get output(): string {
    return this.said.join("");
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    // As at a terminal: after SIGTERM a server waits for its proxy to go elsewhere.
    this.child.kill("SIGINT");
    await ended;
  }
}

async function answers(url: string, program: Program): Promise<void> {
  for (const end = Date.now() + START; Date.now() < end; ) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no success from ${url} in ${START} ms:\n${program.output}`);
}
