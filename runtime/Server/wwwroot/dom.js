// Short names for what every part of the page does with the document.

export const $ = (id) => document.getElementById(id);

/** The service names a setting in backticks; a page shows it in quotes. */
export const plain = (text) => text.replace(/`([a-z-]+)`/g, '“$1”');

/** Makes an element with properties and children. */
export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
