// Taking the answer along: the picture with its legend and proof, the result as JSON.

import { threshold, viewer } from './display.js';
import { $ } from './dom.js';
import { makePicture } from './picture.js';
import { state } from './state.js';
import { say, showError } from './work.js';

function save(blob, name) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
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

export function wireSaving() {
  $('save-picture').addEventListener('click', () => savePicture().catch(showError));
  $('save-json').addEventListener('click', () => save(new Blob([`${JSON.stringify(state.result, null, 2)}\n`], { type: 'application/json' }), 'cxr-result.json'));
  $('copy-json').addEventListener('click', () => copyJson().catch(showError));
}
