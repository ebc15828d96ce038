// What is known of whether the image shows what a phrase says: in words, below the picture and beside it. The words are the service's own.

import { $, make } from './dom.js';
import { state } from './state.js';

const VERDICTS = {
  supported: { sign: '\u2713', title: 'The image looks as the phrase says. A neighbouring place or a like pathology (consolidation, opacity, pneumonia) often fits as well: they are not told apart.' },
  low_confidence: { sign: '?', title: 'The image may or may not show it, a normal image too: the map is muted, and the dashed box says where it would be, not that it is there.' },
  no_region: { sign: '\u2715', title: 'The image does not look as the phrase says: no box is drawn, and the map stays hidden until it is asked for.' },
  unknown: { sign: '?', title: 'Nothing is known of whether the image shows it: the dashed box says where the words point.' },
  denied: { sign: '\u2013', title: 'The phrase says that it is not there, and a map cannot show that: nothing was grounded.' },
};

/** One of supported, low_confidence, no_region, unknown and denied. */
export const verdictOf = (phrase) => (phrase.denied === true ? 'denied' : phrase.region ?? 'unknown');

/** The label beside a phrase. */
export function verdictLabel({ phrase, verdict }) {
  const { sign, title } = VERDICTS[verdict];
  return make('span', { className: `verdict ${verdict}`, title, textContent: `${sign} ${phrase.verdict}` });
}

/** Below the picture: whatever is not clearly supported. A layer that shows one part of its phrase says that instead. */
export function showVerdicts() {
  const items = state.layers.flatMap(({ title, phrase, verdict, visible, token }) => {
    if (token && visible) return [make('li', { className: 'token', textContent: `${title}: only “${token.label ?? token.token}” is shown` })];
    const isSaid = verdict !== 'supported' && (visible || verdict === 'no_region' || verdict === 'denied');
    return isSaid ? [make('li', { className: verdict, textContent: `${title}: ${phrase.verdict}` })] : [];
  });
  $('verdicts').replaceChildren(...items);
  $('verdicts').hidden = items.length === 0;
}
