import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the root Cargo.toml, which the server finds Leptos.toml and its files from. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

/**
 * The folder of the server under test: the one named in SNIKO_BIN_DIR (as `cargo xtask test` does), else the one that was
 * built last (`cargo leptos end-to-end` builds into target/debug, with `--release` into target/release).
 */
export function programs(): string {
  if (process.env.SNIKO_BIN_DIR) return process.env.SNIKO_BIN_DIR;
  const built = ["release", "debug"]
    .map((profile) => join(target, profile))
    .filter((folder) => existsSync(join(folder, "hash.txt")) && existsSync(join(folder, "sniko")))
    .sort((one, other) => age(other) - age(one));
  if (!built[0]) throw new Error("nothing is built: run `cargo xtask test end-to-end` or `cargo leptos end-to-end`");
  return built[0];
}

/** When the front end of a build was made, in milliseconds. */
function age(folder: string): number {
  return statSync(join(folder, "hash.txt")).mtimeMs;
}

/** The simulator of the same build, else of any. */
export function simulator(): string {
  const found = [programs(), join(target, "release"), join(target, "debug")]
    .map((folder) => join(folder, "simulator"))
    .find(existsSync);
  if (!found) throw new Error("the simulator is not built: run `cargo build -p simulator`");
  return found;
}
