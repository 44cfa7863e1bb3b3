import { expect } from "@playwright/test";

/** What the simulator lets a test see and change (`crates/simulator`, `/_simulator/…`). */

/** The pair that a customer copies from Twilio's console. */
export interface Credentials {
  sid: string;
  auth_token: string;
}

/** One account as it stands. */
export interface AccountSnapshot {
  sid: string;
  friendly_name: string;
  kind: "Trial" | "Full";
  status: "active" | "suspended" | "closed";
  numbers: Record<string, Record<string, unknown>>;
  applications: Record<string, Record<string, unknown>>;
  keys: Record<string, string>;
}

/** What goes wrong, as `crates/simulator/src/fault.rs` defines it. */
export interface Fault {
  method?: string;
  path?: string;
  skip?: number;
  /** How often; `null` for ever. */
  times?: number | null;
  effect: string | Record<string, unknown>;
}

/** What a phone on the simulated network does when it is called, or once its call is answered. */
export interface PhoneScript {
  /** How long it rings before it does anything. */
  rings_ms?: number;
  behaviour?: "answer" | "busy" | "no_answer" | "reject" | "fail";
  sound?: { tone: number } | "echo" | "silence";
  /** Keys it presses, counted from the answer. */
  digits?: { after_ms: number; digits: string }[];
  hangs_up_after_ms?: number;
}

/** A call or one leg of it. */
export interface SimulatedCall {
  sid: string;
  parent_call_sid: string | null;
  account_sid: string;
  from: string;
  to: string;
  direction: string;
  status: string;
  /** What the caller has been told so far. */
  said: string[];
}

/** What one end of a call hears and has received. */
export interface LegReport {
  packets_received: number;
  packets_sent: number;
  /** What comes out of its mouth, and what it hears. */
  mouth: Level;
  ear: Level;
  /** Keys its party pressed, and keys it was sent. */
  digits_pressed: string;
  digits_heard: string;
}

/** A text on the simulated network. */
export interface SimulatedMessage {
  sid: string;
  account_sid: string;
  direction: "inbound" | "outbound-api" | "outbound-reply";
  from: string;
  to: string;
  body: string;
  status: string;
  messaging_service_sid: string | null;
  segments: number;
  media: { sid: string; content_type: string; size: number; url: string }[];
  error_code: number | null;
  /** Twilio's own answer to STOP, START or HELP. */
  automatic: boolean;
  /** What the program answered to it. */
  answer: string | null;
  notices: { code: number; message: string }[];
}

/** How far a text comes; with a code where it fails. */
export type Outcome =
  | "delivered"
  | "queued"
  | "sending"
  | "sent"
  | { undelivered: number }
  | { failed: number }
  | { refused: number };

/** How loud, 0 to 1, and the strongest frequency in Hz. */
export interface Level {
  rms: number;
  dominant_hz: number | null;
}

export class Simulator {
  constructor(readonly url: string) {}

  /** A new account. */
  async addAccount(seed: Record<string, unknown> = {}): Promise<Credentials> {
    return this.send("POST", "/accounts", seed);
  }

  /** A new number of an account; its SID. */
  async addNumber(account: string, seed: Record<string, unknown>): Promise<string> {
    return (await this.send<{ sid: string }>("POST", `/accounts/${account}/numbers`, seed)).sid;
  }

  /** Changes an account as Twilio does. */
  async editAccount(account: string, change: Record<string, unknown>): Promise<void> {
    await this.send("PATCH", `/accounts/${account}`, change);
  }

  /** Changes a number as its owner does in the console. */
  async editNumber(number: string, change: Record<string, unknown>): Promise<void> {
    await this.send("PATCH", `/numbers/${number}`, change);
  }

  /** An account with everything in it, for comparing. */
  async account(sid: string): Promise<AccountSnapshot> {
    const state = await this.send<{ accounts: { account: AccountSnapshot }[] }>("GET", "/state");
    const found = state.accounts.find(({ account }) => account.sid === sid);
    if (!found) throw new Error(`the simulator has no account ${sid}`);
    return found.account;
  }

  /** The requests since an entry, oldest first. */
  async journal(after = 0): Promise<Record<string, unknown>[]> {
    return (await this.send<{ entries: Record<string, unknown>[] }>("GET", `/journal?after=${after}`)).entries;
  }

  /** A new auth token in the place of the old one, as after a rotation in the console. */
  async rotateAuthToken(account: string): Promise<string> {
    return (await this.send<Credentials>("POST", `/accounts/${account}/auth-token`)).auth_token;
  }

  /** Deletes a key as its owner does in the console. */
  async deleteKey(key: string): Promise<void> {
    await this.send("DELETE", `/keys/${key}`);
  }

  /** Calls a number of the account from a phone of the simulated network; the call's SID. */
  async call(account: string, from: string, to: string, phone: PhoneScript = {}): Promise<string> {
    return (await this.send<{ call_sid: string }>("POST", `/accounts/${account}/calls`, { from, to, phone })).call_sid;
  }

  /** What a phone does from now on when it is called. */
  async script(number: string, phone: PhoneScript): Promise<void> {
    await this.send("PUT", `/phones/${encodeURIComponent(number)}`, phone);
  }

  /** All calls there were, oldest first. */
  async calls(): Promise<SimulatedCall[]> {
    return (await this.send<{ calls: SimulatedCall[] }>("GET", "/calls")).calls;
  }

  /** One end of a live call, or of one that has ended. */
  async leg(call: string): Promise<LegReport> {
    return this.send("GET", `/legs/${call}`);
  }

  /** The other side hangs up. */
  async hangUp(call: string): Promise<void> {
    await this.send("POST", `/calls/${call}/hangup`);
  }

  /** The other side presses keys. */
  async press(call: string, digits: string): Promise<void> {
    await this.send("POST", `/calls/${call}/digits`, { digits });
  }

  /** How each channel of a recording sounds. */
  async recording(sid: string): Promise<{ channels: Level[] }> {
    return this.send("GET", `/recordings/${sid}/analysis`);
  }

  /** Waits until a browser of the account can be rung. */
  async registered(account: string): Promise<void> {
    const sockets = async () =>
      (await this.send<{ sockets: { account_sid: string | null; registered: boolean }[] }>("GET", "/signalling")).sockets;
    await expect
      .poll(async () => (await sockets()).some((one) => one.account_sid === account && one.registered), {
        message: "a browser is registered",
        timeout: 30_000,
      })
      .toBe(true);
  }

  /** Cuts the signalling connections of browsers. */
  async dropSignalling(how: { identity?: string; times?: number; refuse_ms?: number } = {}): Promise<void> {
    await this.send("POST", "/signalling/drop", how);
  }

  /** How long signalling says that tokens last; `null` as they really do. */
  async tokenLife(seconds: number | null): Promise<void> {
    await this.send("POST", "/signalling/token-ttl", { seconds });
  }

  /** What goes wrong with audio packets. */
  async shape(shape: { loss?: number; delay_ms?: number; jitter_ms?: number; freeze?: boolean }): Promise<void> {
    await this.send("POST", "/media/shape", shape);
  }

  /** What goes wrong with webhooks. */
  async webhooks(how: { duplicate?: number; reorder?: boolean; delay_ms?: number; drop_status?: boolean | string[] }): Promise<void> {
    await this.send("PATCH", "/webhooks", how);
  }

  /** Texts a number of the account from a phone of the simulated network; the text's SID. Media are in Base64. */
  async text(
    account: string,
    from: string,
    to: string,
    body: string,
    media: { content_type: string; bytes: string }[] = [],
  ): Promise<string> {
    const sent = await this.send<{ message_sid: string }>("POST", `/accounts/${account}/messages`, { from, to, body, media });
    return sent.message_sid;
  }

  /** All texts there were, oldest first. */
  async messages(): Promise<SimulatedMessage[]> {
    return (await this.send<{ messages: SimulatedMessage[] }>("GET", "/messages")).messages;
  }

  /** How texts fare from now on; only what is named changes, and `null` takes a number's outcome away. */
  async messagesBehaviour(how: {
    delay_ms?: number;
    otherwise?: Outcome;
    outcomes?: Record<string, Outcome | null>;
  }): Promise<void> {
    await this.send("PATCH", "/messages-behaviour", how);
  }

  /** Lets something go wrong; the fault's id. */
  async inject(fault: Fault): Promise<number> {
    return (await this.send<{ id: number }>("POST", "/faults", fault)).id;
  }

  async removeFault(id: number): Promise<void> {
    await this.send("DELETE", `/faults/${id}`);
  }

  async clearFaults(): Promise<void> {
    await this.send("DELETE", "/faults");
  }

  private async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/_simulator${path}`, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }
}
