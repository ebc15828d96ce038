// What is loaded, asked and shown. One object, read by every part; each part changes what is its own.

import { $ } from './dom.js';

/** models: what is served; known: phrases of the chosen model; id: of the uploaded image; image: its description; result: the last answer; layers: one per phrase; ready: whether the service is. */
export const state = { models: [], known: [], id: null, image: null, result: null, layers: [], ready: false };

/** Says in words what the canvas shows, for those who do not see it. */
export function describeCanvas() {
  const shown = state.layers.filter((layer) => layer.visible).map(({ title, phrase, verdict }) => (verdict === 'supported' ? title : `${title} (${phrase.verdict})`));
  $('canvas').setAttribute('aria-label', state.image
    ? `Chest radiograph, ${state.image.width} by ${state.image.height} pixels${shown.length ? `, with ${shown.join(', ')}` : ''}`
    : 'No radiograph loaded');
}

/** The button is there when there is something to ask. */
export function updateButtons() {
  $('ground').disabled = !state.ready || !state.id || $('phrases').value.trim() === '';
}
