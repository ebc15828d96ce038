// The picture to save: what is seen, with a legend below it and the proof in the PNG's text chunks.

import { cssColour } from './heatmap.js';
import { facts } from './results.js';

const LINE = 26;
const PAD = 14;

/** Draws the viewer's picture with a legend. Returns a PNG as Blob. */
export async function makePicture(viewer, layers, caption, texts) {
  const { width, height } = viewer.size;
  const scale = Math.max(1, Math.ceil(700 / width));
  // What is not drawn is said as well: denied phrases, and those without a region.
  const shown = layers.filter((layer) => layer.visible || layer.verdict === 'denied' || layer.verdict === 'no_region');
  const lines = shown.map(describe);
  const count = lines.reduce((sum, own) => sum + own.length, 1);
  const canvas = new OffscreenCanvas(Math.round(width * scale), height * scale + PAD * 2 + LINE * count);
  const context = canvas.getContext('2d', { alpha: false });
  context.fillStyle = '#000';
  context.fillRect(0, 0, canvas.width, canvas.height);
  viewer.paint(context, 0, 0, scale);
  context.font = '18px system-ui, "DejaVu Sans", sans-serif';
  context.textBaseline = 'middle';
  let y = height * scale + PAD + LINE / 2;
  shown.forEach((layer, index) => {
    context.fillStyle = cssColour(layer.colour);
    if (layer.visible) context.fillRect(PAD, y - 8, 16, 16);
    else {
      context.strokeStyle = '#6b7982';
      context.strokeRect(PAD + 0.5, y - 7.5, 15, 15);
    }

    lines[index].forEach((text, line) => {
      context.fillStyle = line === 0 ? '#e6edf1' : '#b9c7cf';
      context.font = `${line === 0 ? 18 : 15}px system-ui, "DejaVu Sans", sans-serif`;
      context.fillText(text, PAD + 26, y, canvas.width - PAD * 2 - 26);
      y += LINE;
    });
  });
  context.fillStyle = '#9fb0ba';
  context.font = '14px system-ui, "DejaVu Sans", sans-serif';
  context.fillText(caption, PAD, y, canvas.width - PAD * 2);
  const png = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
  return new Blob([withTexts(png, texts)], { type: 'image/png' });
}

/** A layer in words, as they stand beside it on the page: phrase, what was grounded, verdict, numbers. */
function describe(layer) {
  const { title, phrase, token } = layer;
  const grounded = phrase.grounded && phrase.grounded !== phrase.phrase ? `grounded as “${phrase.grounded}”` : '';
  if (token) return [`${title}: only “${token.label ?? token.token}” is shown`, ...(grounded ? [grounded] : [])];
  return [title, [grounded, phrase.verdict].filter(Boolean).join(' · '), facts(layer)];
}

/** Inserts tEXt chunks after the header of a PNG. Keywords and texts must be ASCII. */
export function withTexts(png, texts) {
  const signature = 8;
  const header = 25;
  const chunks = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, png.length);
  const result = new Uint8Array(length);
  result.set(png.subarray(0, signature + header));
  let at = signature + header;
  for (const chunk of chunks) {
    result.set(chunk, at);
    at += chunk.length;
  }

  result.set(png.subarray(signature + header), at);
  return result;
}

function textChunk(keyword, text) {
  const body = new TextEncoder().encode(`tEXt${keyword}\0${text}`);
  const chunk = new Uint8Array(body.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(chunk.length - 4, crc32(body));
  return chunk;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }

  return ~crc >>> 0;
}
