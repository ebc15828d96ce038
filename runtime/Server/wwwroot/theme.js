// Light and dark: the system's choice until the user makes one.

import { $ } from './dom.js';

const KEY = 'cxr-theme';

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const other = theme === 'dark' ? 'Light' : 'Dark';
  $('theme').textContent = other;
  $('theme').ariaLabel = `${other} colours`;
}

export function wireTheme() {
  setTheme(localStorage.getItem(KEY) ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
  $('theme').addEventListener('click', () => {
    const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem(KEY, theme);
    setTheme(theme);
  });
}
