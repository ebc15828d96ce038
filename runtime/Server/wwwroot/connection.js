// The service: whether it is ready, which models it has, which key it wants.

import { models, onKeyNeeded, readiness, setKey } from './api.js';
import { $, make } from './dom.js';
import { state, updateButtons } from './state.js';
import { showError } from './work.js';

const READY_POLL = 1500;

/** Waits until the service is ready, shows its models, then calls back. */
export async function connect(whenReady) {
  try {
    const { ready, models: waiting } = await readiness();
    const failed = (waiting ?? []).find((model) => model.state === 'failed');
    if (!ready) {
      $('model').textContent = failed ? `model ${failed.name} is not served: ${failed.problem}` : 'the model is being loaded and verified …';
      setTimeout(connect, READY_POLL, whenReady);
      return;
    }

    const { models: all } = await models();
    state.models = all;
    $('models').replaceChildren(...all.map(({ name }) => make('option', { value: name, textContent: name })));
    $('models-label').hidden = all.length < 2;
    chooseModel();
    state.ready = true;
    updateButtons();
    await whenReady();
  } catch (error) {
    showError(error);
    setTimeout(connect, READY_POLL * 4, whenReady);
  }
}

function chooseModel() {
  const model = state.models.find(({ name }) => name === $('models').value);
  $('model').textContent = `${model.model} · ${model.bundle_id} · ${model.precision} on ${model.provider} · golden cases reproduced`;
  $('preset').replaceChildren(...Object.entries(model.presets).map(([name, title]) => make('option', { value: name, textContent: name, title })));
  $('preset').value = 'exact';
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
  $('models').addEventListener('change', chooseModel);
  onKeyNeeded(askForKey);
}
