// What the model knows: a list to choose from, and completion of the line that is typed.

import { $, make } from './dom.js';
import { state, updateButtons } from './state.js';

const MOST = 6;
const SHORTEST = 2;

/** Index of the marked completion; -1: none. */
let marked = -1;

/** The line with the cursor: where it begins and ends. */
function line() {
  const { value, selectionStart: caret } = $('phrases');
  const end = value.indexOf('\n', caret);
  return { start: value.lastIndexOf('\n', caret - 1) + 1, end: end < 0 ? value.length : end, value };
}

/** Prompts whose words begin as the typed ones do; those that begin with the whole line first. */
function matches(text) {
  const words = text.split(/\s+/).filter(Boolean);
  const fits = state.known.filter((phrase) => phrase !== text && words.every((word) => phrase.split(' ').some((other) => other.startsWith(word))));
  return [...fits.filter((phrase) => phrase.startsWith(text)), ...fits.filter((phrase) => !phrase.startsWith(text))].slice(0, MOST);
}

export function complete() {
  const { start, end, value } = line();
  const text = value.slice(start, end).trimStart().toLowerCase();
  const found = text.length >= SHORTEST ? matches(text) : [];
  marked = -1;
  $('completions').replaceChildren(...found.map((phrase, index) => {
    const item = make('li', { id: `completion-${index}`, role: 'option', textContent: phrase });
    // Before the field loses the focus.
    item.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      accept(phrase);
    });
    return item;
  }));
  $('completions').hidden = found.length === 0;
}

export function closeCompletions() {
  $('completions').hidden = true;
  $('phrases').removeAttribute('aria-activedescendant');
}

function accept(phrase) {
  const { start, end, value } = line();
  $('phrases').value = value.slice(0, start) + phrase + value.slice(end);
  $('phrases').selectionStart = $('phrases').selectionEnd = start + phrase.length;
  closeCompletions();
  updateButtons();
}

function mark(index) {
  const items = [...$('completions').children];
  marked = (index + items.length) % items.length;
  items.forEach((item, at) => item.setAttribute('aria-selected', String(at === marked)));
  $('phrases').setAttribute('aria-activedescendant', items[marked].id);
}

function onKey(event) {
  if ($('completions').hidden || event.ctrlKey || event.metaKey) return;
  const action = {
    ArrowDown: () => mark(marked + 1),
    ArrowUp: () => mark(marked < 0 ? -1 : marked - 1),
    Escape: closeCompletions,
    Enter: marked < 0 ? null : () => accept($('completions').children[marked].textContent),
    Tab: marked < 0 ? null : () => accept($('completions').children[marked].textContent),
  }[event.key];
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}

/** Shows what the chosen model knows. */
export function showKnown() {
  $('known').hidden = state.known.length === 0;
  $('known-title').textContent = `What this model knows: ${state.known.length} phrases`;
  $('known-list').replaceChildren(...state.known.map((phrase) => make('li', {}, make('button', { type: 'button', textContent: phrase }))));
}

/** Calls back with a phrase that was chosen from the list. */
export function wireCompletion(choose) {
  $('phrases').addEventListener('keydown', onKey);
  $('phrases').addEventListener('blur', closeCompletions);
  $('known-list').addEventListener('click', (event) => { if (event.target.tagName === 'BUTTON') choose(event.target.textContent); });
}
