/**
 * Makes what is drawn equal to a newer drawing of it and touches nothing that stays: a link in text that still grows
 * keeps the focus, and a press of the mouse on it is not lost.
 */
export function growInto(drawn: Node, next: Node): void {
  const old = [...drawn.childNodes];
  const fresh = [...next.childNodes];
  for (const [index, node] of fresh.entries()) {
    const known = old[index];
    if (!known) drawn.appendChild(node);
    else if (known instanceof Text && node instanceof Text) growText(known, node.data);
    else if (known instanceof Element && node instanceof Element && isSameTag(known, node)) growInto(known, node);
    else known.replaceWith(node);
  }
  for (const gone of old.slice(fresh.length)) gone.remove();
}

function growText(known: Text, text: string): void {
  if (known.data === text) return;
  if (text.startsWith(known.data)) known.appendData(text.slice(known.data.length));
  else known.data = text;
}

function isSameTag(left: Element, right: Element): boolean {
  if (left.localName !== right.localName) return false;
  const names = right.getAttributeNames();
  return (
    names.length === left.getAttributeNames().length &&
    names.every((name) => left.getAttribute(name) === right.getAttribute(name))
  );
}
