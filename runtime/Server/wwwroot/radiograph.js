// The radiograph: chosen, dropped, pasted or a sample; sent to the service, then shown.

import { follow, pixels, Problem, sampleBlob, samples, upload } from './api.js';
import { resetWindow, viewer } from './display.js';
import { $, make } from './dom.js';
import { setPhrases } from './question.js';
import { clearResult } from './results.js';
import { describeCanvas, state, updateButtons } from './state.js';
import { abort, clearError, onProgress, run, say, showProgress } from './work.js';

const DISPLAY_SIDE = 1600;

export async function showSamples() {
  const list = await samples();
  $('samples-box').hidden = list.length === 0;
  for (const sample of list) {
    const picture = make('img', { alt: '', width: 124, height: 104 });
    const button = make('button', { type: 'button', title: sample.report }, picture, sample.name.replaceAll('-', ' '));
    button.addEventListener('click', () => loadSample(sample));
    $('samples').append(make('li', {}, button));
    sampleBlob(sample.name).then((blob) => { picture.src = URL.createObjectURL(blob); }, () => picture.remove());
  }
}

async function loadSample(sample) {
  await run(async (signal) => {
    showProgress('Loading the sample');
    const blob = await sampleBlob(sample.name);
    setPhrases(sample.phrases.length > 0 ? sample.phrases : ['left lower pneumonia'], sample.report);
    await open(blob, signal);
  });
}

const loadFile = (file) => run((signal) => open(file, signal));

/** What the service says of a request, in words about the file. */
function explain(problem) {
  if (problem instanceof Problem && problem.status === 422) {
    problem.title = 'This file cannot be used';
    problem.message = problem.message.replace(/^image: /, '');
  }

  throw problem;
}

async function open(file, signal) {
  showProgress('Sending the image');
  const { id, image } = await upload(file, signal).catch(explain);
  const picture = await pixels(id, DISPLAY_SIDE, signal);
  clearResult();
  Object.assign(state, { id, image });
  viewer.show({ ...picture, image, fieldOfView: image.field_of_view });
  resetWindow();
  $('empty').hidden = true;
  $('toolbar').hidden = false;
  $('adjust').hidden = false;
  describeCanvas();
  updateButtons();
  say(`Radiograph loaded, ${image.width} by ${image.height} pixels.${image.warnings.length ? ` ${image.warnings.join('. ')}` : ''}`);
  // The slow part does not depend on the phrases: it begins while they are typed.
  await follow(`/v1/images/${id}/prepare`, { model: $('models').value, preset: $('preset').value }, onProgress, signal);
}

function startAnew() {
  abort();
  clearResult();
  Object.assign(state, { id: null, image: null });
  $('empty').hidden = false;
  for (const id of ['toolbar', 'adjust']) $(id).hidden = true;
  clearError();
  describeCanvas();
  updateButtons();
  $('choose').focus();
}

export function wireRadiograph() {
  $('choose').addEventListener('click', () => $('file').click());
  $('file').addEventListener('change', () => {
    if ($('file').files[0]) loadFile($('file').files[0]);
    $('file').value = '';
  });
  $('another').addEventListener('click', startAnew);

  // The whole window takes a drop, so that a near miss does not make the browser leave the page.
  for (const name of ['dragover', 'drop']) window.addEventListener(name, (event) => event.preventDefault());
  window.addEventListener('dragover', () => $('stage').classList.add('drop'));
  window.addEventListener('dragleave', (event) => { if (!event.relatedTarget) $('stage').classList.remove('drop'); });
  window.addEventListener('drop', (event) => {
    $('stage').classList.remove('drop');
    if (event.dataTransfer.files[0]) loadFile(event.dataTransfer.files[0]);
  });
  window.addEventListener('paste', (event) => {
    if (event.clipboardData.files[0]) loadFile(event.clipboardData.files[0]);
  });
}
