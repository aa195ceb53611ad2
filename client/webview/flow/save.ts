/** Pictures as they are handed over to be written: SVG as text, PNG as base64. */
import { paint, svgOf } from './draw.ts';
import type { Scene } from './scene.ts';

/** Pixels a unit, where it can be. */
const SHARP = 2;
/** Of a side and of the whole: what browsers still draw, with memory in reason. */
const LONGEST_SIDE = 16_384;
const MOST_PIXELS = 40_000_000;
/** Bytes that base64 makes into what a message may have. */
const MOST_BYTES = 29_000_000;
/** Characters at once: a call has only so many arguments. */
const PART = 0x8000;

/** Pixels a unit for a picture of this size. */
export function sharpness({ width, height }: Pick<Scene, 'width' | 'height'>): number {
  const side = LONGEST_SIDE / Math.max(width, height, 1);
  const area = Math.sqrt(MOST_PIXELS / Math.max(1, width * height));
  return Math.min(SHARP, side, area);
}

/** What was made, and a sentence where it is smaller than it should be. */
export interface Saved {
  readonly data: string;
  readonly note: string;
}

export function asSvg(scene: Scene): Saved {
  return { data: svgOf(scene), note: '' };
}

/** Rejects with an error for people where no canvas of any size would do. */
export async function asPng(scene: Scene): Promise<Saved> {
  const wanted = sharpness(scene);
  for (let scale = wanted; scale > wanted / 20; scale /= 1.5) {
    const bytes = await drawn(scene, scale);
    if (bytes === undefined || bytes.length > MOST_BYTES) continue;
    const note =
      scale < SHARP
        ? ` The map is too large for a PNG of twice its size: this one is ${String(Number(scale.toPrecision(2)))} times. An SVG has all of it.`
        : '';
    return { data: base64(bytes), note };
  }
  throw new Error('The map is too large for a PNG. Save it as SVG, or hide rare edges first.');
}

async function drawn(scene: Scene, scale: number): Promise<Uint8Array | undefined> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.floor(scene.width * scale));
  canvas.height = Math.max(1, Math.floor(scene.height * scale));
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  paint(scene, context, scale);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  // Its memory is given back at once, not when it is next looked after.
  canvas.width = 0;
  return blob === null ? undefined : new Uint8Array(await blob.arrayBuffer());
}

function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += PART) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + PART)));
  }
  return btoa(parts.join(''));
}
