// What a calibrated bundle says of a phrase: in words, on the picture and beside it. An uncalibrated one says nothing.

import { $, make } from './dom.js';
import { state } from './state.js';

export const VERDICTS = {
  supported: { sign: '\u2713', text: 'supported', title: 'The map behaves as it does for phrases that the image supports.' },
  low_confidence: { sign: '?', text: 'low confidence', title: 'The image may or may not support the phrase: the map is shown muted, its box dashed.' },
  no_region: { sign: '\u2715', text: 'no region', title: 'The map behaves as it does for phrases that the image does not support: no box is drawn, and the map stays hidden until it is asked for.' },
};

/** "low confidence, 0.41", or nothing for a bundle that cannot tell. */
export function verdictText({ region, confidence }) {
  return region ? `${VERDICTS[region].text}, ${confidence.toFixed(2)}` : '';
}

/** The label beside a phrase: none for a bundle that cannot tell. */
export function verdictLabel({ phrase, verdict }) {
  if (!verdict) return [];
  const { sign, title } = VERDICTS[verdict];
  return [make('span', { className: `verdict ${verdict}`, title, textContent: `${sign} ${verdictText(phrase)}` })];
}

/** On the picture itself, in words: what is shown muted, and what is not shown at all. */
export function showVerdicts() {
  const doubtful = state.layers.filter((layer) => layer.verdict === 'no_region' || (layer.verdict === 'low_confidence' && layer.visible));
  $('verdicts').replaceChildren(...doubtful.map((layer) => make('li', { className: layer.verdict, textContent: `${VERDICTS[layer.verdict].text}: ${layer.title}` })));
  $('verdicts').hidden = doubtful.length === 0;
}
