// The answer: one entry per phrase, its times, and what it can be traced back to.

import { threshold, viewer } from './display.js';
import { $, make, plain } from './dom.js';
import { colourOf, cssColour, decode } from './heatmap.js';
import { describeCanvas, state } from './state.js';
import { showReading } from './reading.js';
import { showVerdicts, verdictLabel, verdictOf } from './verdicts.js';
import { say } from './work.js';

const NARROW = '(max-width: 820px)';

/** Nothing is shown that does not belong to the question that is asked now. */
export function clearResult() {
  Object.assign(state, { result: null, layers: [] });
  viewer.setLayers([]);
  for (const id of ['results', 'verdicts', 'proof', 'reading']) $(id).hidden = true;
  describeCanvas();
}

export async function showResult(result) {
  state.result = result;
  state.layers = await Promise.all(result.phrases.map(async (phrase, index) => {
    const verdict = verdictOf(phrase);
    const whole = phrase.heatmap ? await decode(phrase.heatmap) : null;
    return { title: phrase.phrase, phrase, verdict, colour: colourOf(index), visible: whole !== null && verdict !== 'no_region', whole, map: whole, token: null, askedThreshold: result.threshold };
  }));
  viewer.setLayers(state.layers);
  $('layers').replaceChildren(...state.layers.map(layerEntry));
  $('uncalibrated').hidden = result.bundle.calibrated !== false || state.layers.every(({ whole }) => whole === null);
  $('no-findings').hidden = result.phrases.length > 0;
  $('as-report').hidden = !result.phrases.some((phrase) => phrase.reads_as_report);
  $('box-hint').hidden = !state.layers.some(({ phrase, verdict }) => verdict !== 'supported' && phrase.boxes.length > 0);
  showReading(result);
  showVerdicts();
  const { seconds, evaluations } = result;
  const trajectory = evaluations.trajectory === 0 ? 'image prepared before' : `image ${(seconds.encode_image + seconds.inversion).toFixed(2)} s`;
  $('times').textContent = `${trajectory}, phrases ${seconds.phrases.toFixed(2)} s, waited ${(seconds.queue ?? 0).toFixed(2)} s`;
  $('view-hint').hidden = !viewer.isPartlySeen;
  showProof(result);
  $('results').hidden = false;
  describeCanvas();
  say(`${state.layers.length} phrases shown: ${state.layers.map((layer) => [layer.title, layer.phrase.verdict, facts(layer)].filter(Boolean).join(', ')).join('; ')}`);
  if (window.matchMedia(NARROW).matches) $('stage').scrollIntoView({ block: 'start' });
  else if ($('results').getBoundingClientRect().top > window.innerHeight - 80) $('results').scrollIntoView({ block: 'nearest' });
}

/** The numbers of a layer, for the boxes that are drawn now. */
export function facts(layer) {
  const { phrase: { peak }, verdict } = layer;
  if (verdict === 'denied') return 'no map and no box: the phrase says that it is not there';
  if (verdict === 'no_region') return 'the image does not support this phrase; tick it to see where its words point';
  if (!peak) return 'the map is empty';
  const boxes = viewer.boxesOf(layer);
  const box = boxes.length > 0 ? `box ${boxes[0].map((value) => Math.round(value)).join(', ')}${boxes.length > 1 ? ` (+${boxes.length - 1} smaller)` : ''}` : `no box above ${threshold().toFixed(2)}`;
  return `${box} · peak at ${Math.round(peak.x)}, ${Math.round(peak.y)}`;
}

function layerEntry(layer) {
  const { phrase } = layer;
  const box = make('input', { type: 'checkbox', checked: layer.visible, disabled: layer.whole === null });
  box.addEventListener('change', () => {
    layer.visible = box.checked;
    viewer.setLayers(state.layers);
    showVerdicts();
    describeCanvas();
  });
  const label = make('label', { className: 'layer' },
    box,
    make('span', { className: 'name', textContent: layer.title }),
    make('span', { className: 'time', textContent: `${phrase.seconds.toFixed(2)} s` }),
    ...(phrase.grounded && phrase.grounded !== phrase.phrase ? [make('span', { className: 'grounded', textContent: `grounded as “${phrase.grounded}”` })] : []),
    verdictLabel(layer),
    make('span', { className: 'facts numbers', textContent: facts(layer) }),
    ...(phrase.uncertain ? [make('span', { className: 'warning', textContent: 'uncertain in the report' })] : []),
    ...(phrase.sentence ? [make('span', { className: 'facts', textContent: `“${phrase.sentence}”` })] : []),
    ...phrase.warnings.map((warning) => make('span', { className: 'warning', textContent: plain(warning) })));
  const item = make('li', {}, label);
  item.style.setProperty('--layer', cssColour(layer.colour));
  if (phrase.token_heatmaps.length > 1) item.append(tokenButtons(layer));
  return item;
}

/** One button per sub-token: pressed, the layer shows that token's own map. */
function tokenButtons(layer) {
  const group = make('div', { className: 'tokens', role: 'group', ariaLabel: `Parts of ${layer.title}` });
  for (const token of layer.phrase.token_heatmaps) {
    const button = make('button', { type: 'button', textContent: token.label ?? token.token.replace('</w>', ''), ariaPressed: 'false', title: 'Show where this part alone looks' });
    button.addEventListener('click', async () => {
      layer.token = layer.token === token ? null : token;
      layer.map = layer.token ? await decode(token.heatmap) : layer.whole;
      layer.paintedAt = undefined;
      for (const other of group.children) other.ariaPressed = String(other === button && layer.token !== null);
      viewer.setLayers(state.layers);
      showVerdicts();
    });
    group.append(button);
  }

  return group;
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

/** Calls back when the user takes the offer to read the phrases as a report. */
export function wireResults(readAsReport) {
  $('as-report').addEventListener('click', readAsReport);
  $('threshold').addEventListener('input', () => {
    for (const [index, item] of [...$('layers').children].entries()) item.querySelector('.numbers').textContent = facts(state.layers[index]);
  });
}
