import { type Page, expect } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Samples a second of the generated microphones. */
const RATE = 48_000;

/** What the fake microphone of the browser under test hums, in Hz. */
export const MICROPHONE = 500;

/** How far a measured frequency may be off, in Hz: the spectrum's own step is 12. */
export const TOLERANCE = 25;

/** A WAV file with some seconds of a tone, which Chromium plays over and over as its microphone. */
export function microphoneFile(hz = MICROPHONE): string {
  const folder = join(tmpdir(), "sniko-microphones");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${hz}.wav`);
  writeFileSync(path, wav(hz, 4));
  return path;
}

function wav(hz: number, seconds: number): Buffer {
  const samples = RATE * seconds;
  const file = Buffer.alloc(44 + samples * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at++) {
    // Whole periods fit into whole seconds, so the loop has no click.
    file.writeInt16LE(Math.round(9_000 * Math.sin((2 * Math.PI * hz * at) / RATE)), 44 + at * 2);
  }
  return file;
}

/** What a page hears right now. */
export interface Heard {
  /** The strongest frequency, in Hz; 0 in silence. */
  hz: number;
  /** How loud, 0 to 1. */
  rms: number;
}

/**
 * Lets a test listen to what the page's calls play. The product is left as it is: only the browser's own objects are looked
 * at. The microphone comes as it is, without the filters that would take a steady tone for noise.
 */
export async function installEars(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const connections: RTCPeerConnection[] = [];
    const Original = globalThis.RTCPeerConnection;
    if (!Original) return;
    globalThis.RTCPeerConnection = class extends Original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
      }
    };
    const devices = navigator.mediaDevices;
    const getUserMedia = devices.getUserMedia.bind(devices);
    devices.getUserMedia = (constraints) => {
      const audio = typeof constraints?.audio === "object" ? constraints.audio : {};
      const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      return getUserMedia({ ...constraints, audio: { ...audio, ...raw } });
    };
    let context: AudioContext | undefined;
    const analysers = new WeakMap<MediaStreamTrack, AnalyserNode>();
    Object.assign(globalThis, {
      async snikoHears() {
        context ??= new AudioContext();
        await context.resume();
        let found = { hz: 0, rms: 0 };
        const open = connections.filter((connection) => connection.connectionState === "connected");
        for (const { track } of open.flatMap((connection) => connection.getReceivers())) {
          if (track.readyState !== "live") continue;
          let analyser = analysers.get(track);
          if (!analyser) {
            analyser = context.createAnalyser();
            analyser.fftSize = 4096;
            analyser.smoothingTimeConstant = 0;
            context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
            analysers.set(track, analyser);
            // The first window is empty.
            await new Promise((resolve) => setTimeout(resolve, 150));
          }
          const samples = new Float32Array(analyser.fftSize);
          analyser.getFloatTimeDomainData(samples);
          const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
          if (rms < 0.003 || rms < found.rms) continue;
          const spectrum = new Float32Array(analyser.frequencyBinCount);
          analyser.getFloatFrequencyData(spectrum);
          const strongest = spectrum.indexOf(Math.max(...spectrum));
          found = { hz: (strongest * context.sampleRate) / analyser.fftSize, rms };
        }
        return found;
      },
    });
  });
}

/** What the page hears right now. */
export function heard(page: Page): Promise<Heard> {
  return page.evaluate(() => (globalThis as unknown as { snikoHears: () => Promise<Heard> }).snikoHears());
}

/** Waits until the page hears a tone. */
export async function expectToHear(page: Page, hz: number): Promise<void> {
  await expect
    .poll(async () => Math.abs((await heard(page)).hz - hz) <= TOLERANCE, {
      message: `the browser hears ${hz} Hz`,
      timeout: 10_000,
    })
    .toBe(true);
}

/** Waits until the page hears nothing. */
export async function expectSilence(page: Page): Promise<void> {
  await expect.poll(async () => (await heard(page)).rms < 0.003, { message: "the browser hears nothing" }).toBe(true);
}
