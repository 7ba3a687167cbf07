/**
 * Makes what is drawn equal to a newer drawing of it and touches nothing that stays: a link in text that still grows
 * keeps the focus, and a press of the mouse on it is not lost.
 *
 * @param drawn neighbours among the children of `parent`
 * @param next what they become; its nodes are taken
 * @param before what follows them; null at the end
 * @returns the children that are drawn now
 */
export function growInto(parent: Node, drawn: readonly ChildNode[], next: Node, before: Node | null): ChildNode[] {
  const fresh = [...next.childNodes];
  for (const gone of drawn.slice(fresh.length)) gone.remove();
  return fresh.map((node, index) => {
    const known = drawn[index];
    if (known instanceof Text && node instanceof Text) growText(known, node.data);
    else if (known instanceof Element && node instanceof Element && isSameTag(known, node))
      growInto(known, [...known.childNodes], node, null);
    else {
      if (known) known.replaceWith(node);
      else parent.insertBefore(node, before);
      return node;
    }
    return known;
  });
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
