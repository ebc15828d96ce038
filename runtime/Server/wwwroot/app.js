// The page: what is loaded, what is asked, what is shown. Reads top to bottom as a user goes through it.

import { follow, models, onKeyNeeded, pixels, Problem, readiness, sampleBlob, samples, setKey, upload } from './api.js';
import { colourOf, cssColour, decode } from './heatmap.js';
import { makePicture } from './picture.js';
import { Viewer } from './viewer.js';

const DISPLAY_SIDE = 1600;
const READY_POLL = 1500;
const STAGES = { encode_image: 'Encoding the image', invert: 'Preparing the image', encode_text: 'Reading the phrases', attend: 'Looking for the phrases' };

const $ = (id) => document.getElementById(id);
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const viewer = new Viewer($('canvas'), (level, width) => {
  setSlider('level', level * 100);
  setSlider('window', width * 100);
});

/** What a calibrated bundle says of a phrase, in words; an uncalibrated one says nothing. */
const VERDICTS = {
  supported: { sign: '\u2713', text: 'supported', title: 'The map behaves as it does for phrases that the image supports.' },
  low_confidence: { sign: '?', text: 'low confidence', title: 'The image may or may not support the phrase: the map is shown muted, its box dashed.' },
  no_region: { sign: '\u2715', text: 'no region', title: 'The map behaves as it does for phrases that the image does not support: no box is drawn, and the map stays hidden until it is asked for.' },
};

/** id: of the uploaded image; result: the last answer; layers: one per phrase. */
const state = { models: [], id: null, image: null, result: null, layers: [], ready: false, work: null };

// --- messages ---

function showError(error) {
  if (error.name === 'AbortError') return;
  $('error-title').textContent = error instanceof Problem ? error.title : 'Something went wrong in this page';
  $('error-detail').textContent = error.message;
  $('error').hidden = false;
  $('error').scrollIntoView({ block: 'nearest' });
}

function clearError() {
  $('error').hidden = true;
}

function say(text) {
  $('status').textContent = text;
}

function showProgress(text, share) {
  $('progress').hidden = text === null;
  if (text === null) return;
  $('progress-text').textContent = text;
  if (share === undefined) $('progress-bar').removeAttribute('value');
  else $('progress-bar').value = share;
}

/** Runs work that can be cancelled; the work before it is given up. */
async function run(work) {
  state.work?.abort();
  const own = new AbortController();
  state.work = own;
  clearError();
  updateButtons();
  try {
    await work(own.signal);
  } catch (error) {
    showError(error);
  } finally {
    if (state.work === own) {
      state.work = null;
      showProgress(null);
      updateButtons();
    }
  }
}

function onProgress({ stage, done, total }) {
  showProgress(STAGES[stage] ?? 'Working', total > 0 ? done / total : undefined);
}

// --- the service and its models ---

async function connect() {
  try {
    const { ready, models: waiting } = await readiness();
    const failed = (waiting ?? []).find((model) => model.state === 'failed');
    if (!ready) {
      $('model').textContent = failed ? `model ${failed.name} is not served: ${failed.problem}` : 'the model is being loaded and verified …';
      setTimeout(connect, READY_POLL);
      return;
    }

    const { models: all } = await models();
    state.models = all;
    $('models').replaceChildren(...all.map(({ name }) => make('option', { value: name, textContent: name })));
    $('models-label').hidden = all.length < 2;
    chooseModel();
    state.ready = true;
    updateButtons();
    await showSamples();
  } catch (error) {
    showError(error);
    setTimeout(connect, READY_POLL * 4);
  }
}

function chooseModel() {
  const model = state.models.find(({ name }) => name === $('models').value);
  $('model').textContent = `${model.model} · ${model.bundle_id} · ${model.precision} on ${model.provider} · golden cases reproduced`;
  $('preset').replaceChildren(...Object.entries(model.presets).map(([name, title]) => make('option', { value: name, textContent: name, title })));
  $('preset').value = 'exact';
}

async function showSamples() {
  const list = await samples();
  $('samples-box').hidden = list.length === 0;
  for (const sample of list) {
    const title = sample.name.replaceAll('-', ' ');
    const picture = make('img', { alt: '', width: 124, height: 104 });
    const button = make('button', { type: 'button', title: sample.report }, picture, title);
    button.addEventListener('click', () => loadSample(sample));
    $('samples').append(make('li', {}, button));
    sampleBlob(sample.name).then((blob) => { picture.src = URL.createObjectURL(blob); }, () => picture.remove());
  }
}

// --- the radiograph ---

async function loadSample(sample) {
  await run(async (signal) => {
    showProgress('Loading the sample');
    const blob = await sampleBlob(sample.name);
    $('phrases').value = sample.phrases.join('\n') || 'left lower pneumonia';
    document.querySelector('input[name="kind"][value="phrases"]').checked = true;
    switchKind();
    await open(blob, signal);
  });
}

const loadFile = (file) => run((signal) => open(file, signal));

async function open(file, signal) {
  showProgress('Sending the image');
  const { id, image } = await upload(file, signal);
  const picture = await pixels(id, DISPLAY_SIDE, signal);
  Object.assign(state, { id, image, result: null, layers: [] });
  viewer.show({ ...picture, image, fieldOfView: image.field_of_view });
  setSlider('level', 50);
  setSlider('window', 100);
  $('empty').hidden = true;
  $('toolbar').hidden = false;
  $('adjust').hidden = false;
  $('results').hidden = true;
  $('verdicts').hidden = true;
  $('proof').hidden = true;
  describeCanvas();
  updateButtons();
  say(`Radiograph loaded, ${image.width} by ${image.height} pixels.${image.warnings.length ? ` ${image.warnings.join('. ')}` : ''}`);
  // The slow part does not depend on the phrases: it begins while they are typed.
  await follow(`/v1/images/${id}/prepare`, { model: $('models').value, preset: $('preset').value }, onProgress, signal);
}

function describeCanvas() {
  const shown = state.layers.filter((layer) => layer.visible)
    .map((layer) => (layer.verdict && layer.verdict !== 'supported' ? `${layer.title} (${VERDICTS[layer.verdict].text})` : layer.title));
  $('canvas').setAttribute('aria-label', state.image
    ? `Chest radiograph, ${state.image.width} by ${state.image.height} pixels${shown.length ? `, with ${shown.join(', ')}` : ''}`
    : 'No radiograph loaded');
}

// --- the question ---

const kind = () => document.querySelector('input[name="kind"]:checked').value;
const texts = { phrases: '', report: '' };
let lastKind = 'phrases';

function switchKind() {
  texts[lastKind] = $('phrases').value;
  if (lastKind !== kind()) $('phrases').value = texts[kind()];
  lastKind = kind();
  const report = lastKind === 'report';
  $('phrases').placeholder = report ? 'Paste the text of a report' : 'left lower pneumonia\ncardiomegaly';
  $('phrases').rows = report ? 8 : 4;
  $('phrases-label').textContent = report ? 'Text of the report' : 'Phrases, one per line';
  document.querySelector('#form .hint').firstChild.textContent = report ? 'Every finding in it that is present. ' : 'One phrase per line. ';
  updateButtons();
}

function updateButtons() {
  $('ground').disabled = !state.ready || !state.id || $('phrases').value.trim() === '';
}

async function ground(event) {
  event.preventDefault();
  if ($('ground').disabled) return;
  const text = $('phrases').value;
  const question = kind() === 'report' ? { report: text } : { phrases: text.split('\n').map((line) => line.trim()).filter(Boolean) };
  await run(async (signal) => {
    showProgress('Waiting for the server');
    const body = { ...question, model: $('models').value, preset: $('preset').value, threshold: threshold(), per_token: true, heatmaps: 'model' };
    const result = await follow(`/v1/images/${state.id}/ground`, body, onProgress, signal);
    await showResult(result);
  });
}

// --- the answer ---

async function showResult(result) {
  state.result = result;
  state.layers = await Promise.all(result.phrases.map(async (phrase, index) => {
    const verdict = phrase.region ?? null;
    const layer = { title: phrase.phrase, phrase, verdict, colour: colourOf(index), visible: verdict !== 'no_region', whole: await decode(phrase.heatmap), token: null };
    layer.map = layer.whole;
    return layer;
  }));
  viewer.setLayers(state.layers);
  $('layers').replaceChildren(...state.layers.map(layerEntry));
  $('uncalibrated').hidden = result.bundle.calibrated !== false;
  showVerdicts();
  const { seconds, evaluations } = result;
  const trajectory = evaluations.trajectory === 0 ? 'image prepared before' : `image ${(seconds.encode_image + seconds.inversion).toFixed(2)} s`;
  $('times').textContent = `${trajectory}, phrases ${seconds.phrases.toFixed(2)} s, waited ${(seconds.queue ?? 0).toFixed(2)} s`;
  showProof(result);
  $('results').hidden = false;
  describeCanvas();
  say(`${state.layers.length} phrases shown: ${state.layers.map((layer) => `${layer.title}, ${[verdictText(layer.phrase), facts(layer.phrase)].filter(Boolean).join(', ')}`).join('; ')}`);
  $('results').scrollIntoView({ block: 'nearest' });
}

/** "low confidence, 0.41", or nothing for a bundle that cannot tell. */
function verdictText({ region, confidence }) {
  return region ? `${VERDICTS[region].text}, ${confidence.toFixed(2)}` : '';
}

/** On the picture itself, in words: what is shown muted, and what is not shown at all. */
function showVerdicts() {
  const doubtful = state.layers.filter((layer) => layer.verdict === 'no_region' || (layer.verdict === 'low_confidence' && layer.visible));
  $('verdicts').replaceChildren(...doubtful.map((layer) => make('li', { className: layer.verdict, textContent: `${VERDICTS[layer.verdict].text}: ${layer.title}` })));
  $('verdicts').hidden = doubtful.length === 0;
}

function facts({ boxes, peak, region }) {
  if (region === 'no_region') return 'the map gives no sign that the image supports this phrase; tick it to see the map';
  if (!peak) return 'the map is empty';
  const box = boxes.length > 0 ? `box ${boxes[0].map((value) => Math.round(value)).join(', ')}${boxes.length > 1 ? ` (+${boxes.length - 1} smaller)` : ''}` : 'no box';
  return `${box} · peak at ${Math.round(peak.x)}, ${Math.round(peak.y)}`;
}

/** How the map speaks for the place that the phrase names. */
function evidenceText({ contrast, prior_correlation: prior }) {
  return `contrast with other places ${contrast.toFixed(2)}${prior === null ? '' : ` · likeness to the average place ${prior.toFixed(2)}`}`;
}

function layerEntry(layer) {
  const { phrase } = layer;
  const box = make('input', { type: 'checkbox', checked: layer.visible });
  box.addEventListener('change', () => {
    layer.visible = box.checked;
    viewer.setLayers(state.layers);
    showVerdicts();
    describeCanvas();
  });
  const verdict = VERDICTS[layer.verdict];
  const label = make('label', { className: 'layer' },
    box,
    make('span', { className: 'name', textContent: layer.title }),
    make('span', { className: 'time', textContent: `${phrase.seconds.toFixed(2)} s` }),
    ...(verdict ? [make('span', { className: `verdict ${layer.verdict}`, title: verdict.title, textContent: `${verdict.sign} ${verdictText(phrase)}` })] : []),
    make('span', { className: 'facts', textContent: facts(phrase) }),
    ...(phrase.standard_prompt && phrase.standard_prompt !== phrase.phrase ? [make('span', { className: 'facts', textContent: `read as “${phrase.standard_prompt}”` })] : []),
    ...(phrase.evidence ? [make('span', { className: 'facts', textContent: evidenceText(phrase.evidence), title: '1: the map is at the named place only; 0: as strong on the other side or elsewhere. By itself it does not say whether the finding is there.' })] : []),
    ...phrase.warnings.map((warning) => make('span', { className: 'warning', textContent: warning })));
  const item = make('li', {}, label);
  item.style.setProperty('--layer', cssColour(layer.colour));
  if (phrase.token_heatmaps.length > 1) item.append(tokenButtons(layer));
  return item;
}

/** One button per sub-token: pressed, the layer shows that token's own map. */
function tokenButtons(layer) {
  const group = make('div', { className: 'tokens', role: 'group', ariaLabel: `Parts of ${layer.title}` });
  for (const token of layer.phrase.token_heatmaps) {
    const button = make('button', { type: 'button', textContent: token.token.replace('</w>', ''), ariaPressed: 'false', title: 'Show where this part alone looks' });
    button.addEventListener('click', async () => {
      layer.token = layer.token === token ? null : token;
      layer.map = layer.token ? await decode(token.heatmap) : layer.whole;
      layer.paintedAt = undefined;
      for (const other of group.children) other.ariaPressed = String(other === button && layer.token !== null);
      viewer.setLayers(state.layers);
    });
    group.append(button);
  }

  return group;
}

function proofTexts({ bundle, proof, provider, preset, trajectory_sha256: trajectory }) {
  return {
    Software: 'CxrOnnx',
    'CxrOnnx-bundle': bundle.id,
    'CxrOnnx-bundle-sha256': proof.bundle_sha256,
    'CxrOnnx-parity-report-sha256': proof.parity_report_sha256,
    'CxrOnnx-provider': provider.used,
    'CxrOnnx-precision': bundle.precision,
    'CxrOnnx-preset': preset,
    'CxrOnnx-trajectory-sha256': trajectory,
  };
}

function showProof(result) {
  const names = {
    Model: `${result.bundle.model} (${result.bundle.id})`,
    'Bundle SHA-256': result.proof.bundle_sha256,
    'Parity report SHA-256': result.proof.parity_report_sha256,
    Provider: `${result.provider.used}, ONNX Runtime ${result.provider.onnx_runtime}, ${result.bundle.precision}`,
    Preset: result.preset,
    'Trajectory SHA-256': result.trajectory_sha256,
    'Image SHA-256': result.image.sha256,
    'U-Net evaluations': `${result.evaluations.trajectory} whole, ${result.evaluations.attention} truncated`,
  };
  $('proof-list').replaceChildren(...Object.entries(names).flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', { textContent: value })]));
  $('proof').hidden = false;
}

// --- saving ---

function save(blob, name) {
  const link = make('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function savePicture() {
  const { bundle, preset, provider } = state.result;
  const caption = `${bundle.model} ${bundle.id} · ${preset} · ${provider.used} · threshold ${threshold().toFixed(2)} · research use only`;
  save(await makePicture(viewer, state.layers, caption, proofTexts(state.result)), 'cxr-overlay.png');
}

const withoutPictures = (result) => ({
  ...result,
  phrases: result.phrases.map((phrase) => ({ ...phrase, heatmap: null, token_heatmaps: [] })),
});

async function copyJson() {
  await navigator.clipboard.writeText(JSON.stringify(withoutPictures(state.result), null, 2));
  $('copy-json').textContent = 'Copied';
  say('The result was copied as JSON, without its pictures.');
  setTimeout(() => { $('copy-json').textContent = 'Copy JSON'; }, 1500);
}

// --- display ---

const threshold = () => Number($('threshold').value) / 100;

function setSlider(id, value) {
  $(id).value = value;
  $(id).dispatchEvent(new Event('input'));
}

const sliders = {
  opacity: (value) => [{ opacity: value / 100 }, `${value} %`],
  threshold: (value) => [{ threshold: value / 100 }, (value / 100).toFixed(2)],
  level: (value) => [{ level: value / 100 }, `${Math.round(value)} %`],
  window: (value) => [{ window: value / 100 }, `${Math.round(value)} %`],
};

for (const [id, read] of Object.entries(sliders)) {
  $(id).addEventListener('input', () => {
    const [change, text] = read(Number($(id).value));
    viewer.set(change);
    document.querySelector(`output[for="${id}"]`).textContent = text;
  });
}

function toggleInvert() {
  viewer.set({ invert: !viewer.invert });
  $('invert').ariaPressed = String(viewer.invert);
}

function startAnew() {
  state.work?.abort();
  Object.assign(state, { id: null, image: null, result: null, layers: [] });
  $('empty').hidden = false;
  for (const id of ['toolbar', 'adjust', 'results', 'proof', 'verdicts']) $(id).hidden = true;
  clearError();
  describeCanvas();
  updateButtons();
  $('choose').focus();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $('theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
}

// --- wiring ---

setTheme(localStorage.getItem('cxr-theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
$('theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('cxr-theme', theme);
  setTheme(theme);
});

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

$('models').addEventListener('change', chooseModel);
$('form').addEventListener('submit', ground);
$('phrases').addEventListener('input', updateButtons);
$('phrases').addEventListener('keydown', (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) ground(event); });
for (const radio of document.querySelectorAll('input[name="kind"]')) radio.addEventListener('change', switchKind);

$('zoom-in').addEventListener('click', () => viewer.zoom(1.25));
$('zoom-out').addEventListener('click', () => viewer.zoom(0.8));
$('fit').addEventListener('click', () => viewer.fit());
$('invert').addEventListener('click', toggleInvert);
$('canvas').addEventListener('keydown', (event) => { if (event.key === 'i') toggleInvert(); });
$('canvas').addEventListener('contextmenu', (event) => event.preventDefault());
$('boxes').addEventListener('change', () => viewer.set({ boxes: $('boxes').checked }));
$('cancel').addEventListener('click', () => state.work?.abort());
$('error-close').addEventListener('click', clearError);
$('save-picture').addEventListener('click', () => savePicture().catch(showError));
$('save-json').addEventListener('click', () => save(new Blob([`${JSON.stringify(state.result, null, 2)}\n`], { type: 'application/json' }), 'cxr-result.json'));
$('copy-json').addEventListener('click', () => copyJson().catch(showError));

let asking = null;
onKeyNeeded(() => {
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
});

connect();
