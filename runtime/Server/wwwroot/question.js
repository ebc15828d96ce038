// The question: phrases, or a report.

import { closeCompletions, complete, wireCompletion } from './completion.js';
import { $ } from './dom.js';
import { updateButtons } from './state.js';

const texts = { phrases: '', report: '' };
let lastKind = 'phrases';

const kind = () => document.querySelector('input[name="kind"]:checked').value;

/** What is asked, as the service wants it. */
export function question() {
  const text = $('phrases').value;
  return kind() === 'report' ? { report: text } : { phrases: text.split('\n').map((line) => line.trim()).filter(Boolean) };
}

/** Puts phrases into the form, and the report they come from under its own tab. */
export function setPhrases(phrases, report = '') {
  choose('phrases');
  $('phrases').value = phrases.join('\n');
  texts.report = report;
  updateButtons();
}

/** Takes what stands in the field as the text of a report. */
export function readAsReport() {
  const text = $('phrases').value;
  choose('report');
  $('phrases').value = text;
  updateButtons();
  return question();
}

function choose(name) {
  document.querySelector(`input[name="kind"][value="${name}"]`).checked = true;
  switchKind();
}

function switchKind() {
  texts[lastKind] = $('phrases').value;
  if (lastKind !== kind()) $('phrases').value = texts[kind()];
  lastKind = kind();
  const report = lastKind === 'report';
  $('phrases').placeholder = report ? 'Paste the text of a report' : 'left lower pneumonia\ncardiomegaly';
  $('phrases').rows = report ? 8 : 3;
  $('phrases-label').textContent = report ? 'Text of the report' : 'Phrases, one per line';
  $('form-hint').textContent = report ? 'Every finding in it that is present.' : 'One phrase per line.';
  closeCompletions();
  updateButtons();
}

/** Calls back with the question when the user asks it. */
export function wireQuestion(ask) {
  const submit = (event) => {
    event.preventDefault();
    closeCompletions();
    if (!$('ground').disabled) ask(question());
  };
  $('form').addEventListener('submit', submit);
  $('phrases').addEventListener('input', () => {
    updateButtons();
    if (kind() === 'phrases') complete();
  });
  $('phrases').addEventListener('keydown', (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event); });
  for (const radio of document.querySelectorAll('input[name="kind"]')) radio.addEventListener('change', switchKind);
  wireCompletion((phrase) => {
    choose('phrases');
    const rest = $('phrases').value.trimEnd();
    $('phrases').value = rest ? `${rest}\n${phrase}` : phrase;
    updateButtons();
  });
}
