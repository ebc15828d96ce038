// The service: whether it is ready, which models it has, which key it wants. The header says what holds now.

import { knownPhrases, models, onKeyNeeded, readiness, setKey } from './api.js';
import { showKnown } from './completion.js';
import { $, make } from './dom.js';
import { clearResult } from './results.js';
import { state, updateButtons } from './state.js';
import { showError } from './work.js';

const READY_POLL = 1500;
const WATCH = 5000;

/** Called once, when the service is ready for the first time. */
let first = null;

/** Follows the service's state, and calls back when it is ready for the first time. */
export async function connect(whenReady) {
  first = whenReady;
  await look();
}

async function look() {
  let pause = READY_POLL;
  try {
    const { ready, models: waiting } = await readiness();
    const failed = (waiting ?? []).find((model) => model.state === 'failed');
    if (!ready) {
      notReady(failed ? `model ${failed.name} is not served: ${failed.problem}` : 'the model is being loaded and verified …');
    } else {
      if (!state.ready) await showModels();
      pause = WATCH;
    }
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) notReady('the server does not answer; trying again …');
    else showError(error);
    pause = WATCH;
  }

  setTimeout(look, pause);
}

function notReady(text) {
  state.ready = false;
  $('model').textContent = text;
  $('model').classList.add('alarm');
  updateButtons();
}

async function showModels() {
  const { models: all } = await models();
  const chosen = $('models').value;
  state.models = all;
  $('models').replaceChildren(...all.map(({ name }) => make('option', { value: name, textContent: name })));
  if (all.some(({ name }) => name === chosen)) $('models').value = chosen;
  $('models-label').hidden = all.length < 2;
  await chooseModel();
  state.ready = true;
  $('model').classList.remove('alarm');
  updateButtons();
  const call = first;
  first = null;
  await call?.();
}

async function chooseModel() {
  const model = state.models.find(({ name }) => name === $('models').value);
  const preset = $('preset').value || 'exact';
  $('preset').replaceChildren(...Object.entries(model.presets).map(([name, title]) => make('option', { value: name, textContent: name, title })));
  $('preset').value = preset in model.presets ? preset : 'exact';
  state.known = await knownPhrases(model.name);
  showKnown();

  // Last: where the header names a model, everything else is there.
  $('model').textContent = `${model.model} · ${model.bundle_id} · ${model.precision} on ${model.provider} · golden cases reproduced`;
}

/** An answer of another bundle than the header names: the model was loaded again. */
export function noticeBundle(id) {
  const model = state.models.find(({ name }) => name === $('models').value);
  if (model.bundle_id !== id) showModels().catch(showError);
}

/** Asks for a key once, however many requests need it. */
let asking = null;

function askForKey() {
  asking ??= new Promise((resolve) => {
    $('key-dialog').addEventListener('close', () => {
      setKey($('key').value.trim());
      $('key').value = '';
      asking = null;
      resolve();
    }, { once: true });
    $('key-dialog').showModal();
  });
  return asking;
}

export function wireConnection() {
  $('models').addEventListener('change', () => {
    // What is shown is another model's answer.
    clearResult();
    chooseModel().catch(showError);
  });
  onKeyNeeded(askForKey);
}
