// Short names for what every part of the page does with the document.

export const $ = (id) => document.getElementById(id);

/** Makes an element with properties and children. */
export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
