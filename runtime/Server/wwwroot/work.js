// Work that takes a while: one at a time, with its progress, its end and its errors.

import { Problem } from './api.js';
import { $, plain } from './dom.js';
import { updateButtons } from './state.js';

/** What a problem is whose text is better read as a report. */
const REPORTS = ['report-in-phrase', 'several-findings'];

const STAGES = { encode_image: 'Encoding the image', invert: 'Preparing the image', encode_text: 'Reading the phrases', attend: 'Looking for the phrases', support: 'Asking whether the image supports them' };

/** Of the work in progress, or null. */
let current = null;

/** Runs work that can be cancelled; the work before it is given up. */
export async function run(work) {
  abort();
  const own = new AbortController();
  current = own;
  clearError();
  updateButtons();
  try {
    await work(own.signal);
  } catch (error) {
    showError(error);
  } finally {
    if (current === own) {
      current = null;
      showProgress(null);
      updateButtons();
    }
  }
}

export function abort() {
  current?.abort();
}

export function showError(error) {
  if (error.name === 'AbortError') return;
  $('error-title').textContent = error instanceof Problem ? error.title : 'Something went wrong in this page';
  $('error-detail').textContent = plain(error.message);
  $('error-report').hidden = !REPORTS.includes(error.kind);
  $('error').hidden = false;
  $('error').scrollIntoView({ block: 'nearest' });
}

export function clearError() {
  $('error').hidden = true;
}

/** Tells screen readers. */
export function say(text) {
  $('status').textContent = text;
}

export function showProgress(text, share) {
  $('progress').hidden = text === null;
  if (text === null) return;
  $('progress-text').textContent = text;
  if (share === undefined) $('progress-bar').removeAttribute('value');
  else $('progress-bar').value = share;
}

export function onProgress({ stage, done, total }) {
  showProgress(STAGES[stage] ?? 'Working', total > 0 ? done / total : undefined);
}

/** Calls back when the user takes the offer to read a text as a report. */
export function onReportOffer(take) {
  $('error-report').addEventListener('click', take);
}

export function wireWork() {
  $('cancel').addEventListener('click', abort);
  $('error-close').addEventListener('click', clearError);
  window.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    abort();
    clearError();
  });
}
