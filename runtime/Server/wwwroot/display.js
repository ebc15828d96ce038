// How the picture is shown: the viewer, its sliders and buttons.

import { $ } from './dom.js';
import { Viewer } from './viewer.js';

export const viewer = new Viewer($('canvas'), (level, width) => {
  setSlider('level', level * 100);
  setSlider('window', width * 100);
});

const sliders = {
  opacity: (value) => [{ opacity: value / 100 }, `${value} %`],
  threshold: (value) => [{ threshold: value / 100 }, (value / 100).toFixed(2)],
  level: (value) => [{ level: value / 100 }, `${Math.round(value)} %`],
  window: (value) => [{ window: value / 100 }, `${Math.round(value)} %`],
};

/** Strength, 0 to 1, above which a place belongs to a box. */
export const threshold = () => Number($('threshold').value) / 100;

/** The whole range of gray values, as a new radiograph is shown. */
export function resetWindow() {
  setSlider('level', 50);
  setSlider('window', 100);
}

function setSlider(id, value) {
  $(id).value = value;
  $(id).dispatchEvent(new Event('input'));
}

function toggleInvert() {
  viewer.set({ invert: !viewer.invert });
  $('invert').ariaPressed = String(viewer.invert);
}

export function wireDisplay() {
  for (const [id, read] of Object.entries(sliders)) {
    $(id).addEventListener('input', () => {
      const [change, text] = read(Number($(id).value));
      viewer.set(change);
      document.querySelector(`output[for="${id}"]`).textContent = text;
      $(id).ariaValueText = text;
    });
  }

  $('zoom-in').addEventListener('click', () => viewer.zoom(1.25));
  $('zoom-out').addEventListener('click', () => viewer.zoom(0.8));
  $('fit').addEventListener('click', () => viewer.fit());
  $('invert').addEventListener('click', toggleInvert);
  $('canvas').addEventListener('keydown', (event) => { if (event.key === 'i') toggleInvert(); });
  $('canvas').addEventListener('contextmenu', (event) => event.preventDefault());
  $('mode').addEventListener('change', () => viewer.set({ mode: $('mode').value }));
  $('boxes').addEventListener('change', () => viewer.set({ boxes: $('boxes').checked }));
}
