/**
 * Markdown of others as elements. No HTML is ever made of it: each token becomes an element of this list or text, so
 * nothing in it can run, load or lead anywhere by itself.
 */
import MarkdownIt, { type Token } from "markdown-it";
import { linkSchema } from "../../src/protocol/uiMessage.ts";

const parser = new MarkdownIt("default", { html: false, linkify: true, breaks: true, maxNesting: 20 });
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });

/** Kinds of tokens that open an element, and which. */
const ELEMENTS: Readonly<Record<string, string>> = {
  paragraph: "p",
  bullet_list: "ul",
  ordered_list: "ol",
  list_item: "li",
  blockquote: "blockquote",
  em: "em",
  strong: "strong",
  s: "s",
  table: "table",
  thead: "thead",
  tbody: "tbody",
  tr: "tr",
  th: "th",
  td: "td",
};

/** Below the heading of the card; all the same, because a text may begin with any and leave some out. */
const HEADING_LEVEL = "4";

export function renderMarkdown(source: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  append(fragment, parser.parse(source, {}));
  return fragment;
}

function append(parent: Node, tokens: readonly Token[]): void {
  const open: Node[] = [parent];
  for (const token of tokens) {
    const into = open.at(-1) ?? parent;
    if (token.nesting === 1) {
      const element = token.hidden ? into : opened(token);
      if (element !== into) into.appendChild(element);
      open.push(element);
    } else if (token.nesting === -1) {
      if (open.length > 1) open.pop();
    } else {
      appendLeaf(into, token);
    }
  }
}

function opened(token: Token): HTMLElement {
  const kind = token.type.replace(/_open$/, "");
  if (kind === "link") return linkTo(String(token.attrGet("href") ?? ""));
  if (kind === "heading") {
    const heading = document.createElement("div");
    heading.className = `markdown-heading is-${token.tag}`;
    heading.setAttribute("role", "heading");
    heading.setAttribute("aria-level", HEADING_LEVEL);
    return heading;
  }
  const element = document.createElement(ELEMENTS[kind] ?? "span");
  const start = token.attrGet("start");
  if (kind === "ordered_list" && start !== null) element.setAttribute("start", String(start));
  return element;
}

function appendLeaf(into: Node, token: Token): void {
  switch (token.type) {
    case "inline":
      append(into, token.children ?? []);
      break;
    case "softbreak":
    case "hardbreak":
      into.appendChild(document.createElement("br"));
      break;
    case "hr":
      into.appendChild(document.createElement("hr"));
      break;
    case "code_inline":
      into.appendChild(withText("code", token.content));
      break;
    case "code_block":
    case "fence": {
      const block = document.createElement("pre");
      block.append(withText("code", token.content.replace(/\n$/, "")));
      into.appendChild(block);
      break;
    }
    case "image":
      into.appendChild(image(token));
      break;
    default:
      into.appendChild(document.createTextNode(token.content));
  }
}

/** A picture is not loaded: whoever serves it would learn who reads. It can be opened like a link. */
function image(token: Token): HTMLElement {
  const link = linkTo(String(token.attrGet("src") ?? ""));
  link.append(`Picture: ${token.content || "without a description"}`);
  return link;
}

/** A button that asks before it leads there, or mere text with where it would lead. */
function linkTo(target: string): HTMLElement {
  const url = linkSchema.safeParse(target).data;
  if (url === undefined) {
    const text = document.createElement("span");
    text.title = target;
    return text;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button markdown-link";
  button.title = url;
  button.dataset["url"] = url;
  return button;
}

function withText(tag: string, content: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = content;
  return element;
}
