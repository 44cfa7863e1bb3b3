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
