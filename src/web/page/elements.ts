/**
 * The few ways in which the page touches its elements. Every text goes in as textContent, never as markup, and with
 * escapes for what is not seen.
 */
import { escapeControls } from '../../text/printable.ts';

/** @throws if the page has no such element */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element ${id}`);
  return element;
}

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  text = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  if (text !== '') setText(element, text);
  return element;
}

export function makeSvg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, escapeControls(value));
  return element;
}

/** A text that has not changed is left alone, so that a selection of it stays. */
export function setText(element: Element, text: string): void {
  const shown = escapeControls(text);
  if (element.textContent !== shown) element.textContent = shown;
}
