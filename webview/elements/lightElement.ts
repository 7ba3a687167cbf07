import { LitElement } from "lit";

/**
 * An element whose content is part of the page itself: one style sheet and one icon font serve all, and ARIA
 * references reach from element to element.
 */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
