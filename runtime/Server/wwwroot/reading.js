// What was read out of a report: what it denies and what was not read. Its findings are the phrases of the result.

import { $, make } from './dom.js';

const SENSES = { absent: 'denied', gone: 'resolved', past: 'history', asked: 'asked for', corrected: 'corrected by an addendum' };

const plural = (count, thing) => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** Shows the reading of a result, where it comes from a report. */
export function showReading({ report, phrases }) {
  $('reading').hidden = !report;
  if (!report) return;
  const uncertain = phrases.filter((phrase) => phrase.uncertain).length;
  $('reading-summary').textContent = `${plural(report.findings, 'finding')}${uncertain > 0 ? `, ${uncertain} uncertain` : ''}; ${report.denied.length} named and not there.`;
  $('reading-list').replaceChildren(
    ...report.denied.map(({ pathology, locations, sense, sentence }) => make('li', { className: 'denied' },
      make('strong', { textContent: `${pathology}${locations.length > 0 ? ` (${locations.join(', ')})` : ''}: ${SENSES[sense] ?? sense}` }),
      make('q', { textContent: sentence }))),
    ...report.skipped_sections.map(({ name, reason, sentences }) => make('li', { textContent: `Not read, ${reason}: ${name || 'text before the first heading'} (${plural(sentences, 'sentence')})` })),
    ...report.remarks.map((remark) => make('li', { className: 'warning', textContent: remark })));
}
