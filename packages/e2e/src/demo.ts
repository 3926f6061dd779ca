/** Starts `parlance demo` with a data folder of its own and reads where it listens. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface DemoPerson {
  name: string;
  username: string;
  /** The id that the native protocol shows. */
  user: string;
  native_token: string;
  fixmate_token: string;
}

export interface DemoConfig {
  apps: {
    name: string;
    url: string;
    people: DemoPerson[];
    conversation: { uuid: string; id: number };
  }[];
}

export interface Demo {
  /** Address by name: `start`, `native`, `fixmate`. */
  urls: Record<"start" | "native" | "fixmate", string>;
  config: DemoConfig;
  /** Where its data is. */
  folder: string;
  /** Ends it in order and removes its data. */
  stop(): Promise<void>;
  /** Ends it as a power cut would; the data stays. */
  kill(): Promise<void>;
}

/** How long the server may take until it listens everywhere; a deadline, not a measurement. */
const START_MS = 60_000;

/** Whether the fake server stands in, which keeps nothing when it ends. */
export const isMock = process.env.PARLANCE_BIN === "mock";

/**
 * `PARLANCE_BIN` names the binary; the word `mock` stands for the fake server of packages/testing.
 * With the data of an earlier demo it goes on where that one ended.
 */
export async function startDemo(earlier?: string): Promise<Demo> {
  const binary = process.env.PARLANCE_BIN;
  if (!binary) throw new Error("set PARLANCE_BIN to the path of the parlance binary");
  const folder = earlier ?? (await mkdtemp(join(tmpdir(), "parlance-e2e-")));
  const child = isMock ? spawnMock() : spawnDemo(binary, folder);
  try {
    const urls = await listening(child);
    const response = await fetch(`${urls.start}/demo/config.json`);
    const config = (await response.json()) as DemoConfig;
    const kill = (): Promise<void> => endProcess(child, "SIGKILL");
    return { urls, config, folder, kill, stop: () => end(child, folder) };
  } catch (error) {
    await end(child, folder);
    throw error;
  }
}

function spawnDemo(binary: string, folder: string): ChildProcess {
  return spawn(binary, ["demo", "--listen", "127.0.0.1:0", "--data-dir", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function spawnMock(): ChildProcess {
  const main = fileURLToPath(new URL("../../testing/src/main.ts", import.meta.url));
  return spawn(process.execPath, ["--import", "tsx", "--conditions=parlance-source", main], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PORT: "0" },
  });
}

async function listening(child: ChildProcess): Promise<Demo["urls"]> {
  if (!child.stdout) throw new Error("the server has no output to read");
  const urls = new Map<string, string>();
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error("the demo does not listen")), START_MS);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the demo ended with status ${code}`)));
    lines.on("line", (line) => {
      const [, url, name] = /listening on (http:\S+) \((\w+)\)/.exec(line) ?? [];
      if (!url || !name) return;
      urls.set(name, url);
      const [native, fixmate] = [urls.get("native"), urls.get("fixmate")];
      if (!native || !fixmate) return;
      // The start page is on the first app's origin, unless it has one of its own.
      const start = urls.get("start") ?? native;
      clearTimeout(deadline);
      resolve({ start, native, fixmate });
    });
  });
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  await endProcess(child, "SIGTERM");
  await rm(folder, { recursive: true, force: true });
}

async function endProcess(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(force);
}
