import { execFileSync } from "node:child_process";
import { root, simulator } from "./programs";

/** `cargo leptos end-to-end` builds the server only; the simulator is built here. */
export default function setup() {
  try {
    simulator();
  } catch {
    execFileSync("cargo", ["build", "--package", "simulator"], { cwd: root, stdio: "inherit" });
  }
}
