import { html } from "lit";
import type { TemplateResult } from "lit";
import UPlot from "uplot";
import type { AlignedData, Axis, Options, Series } from "uplot";
import type { ChartPoint, ChartPoints } from "../../src/protocol/monitorModel.ts";
import { formatDuration } from "../format.ts";
import { LightElement } from "./lightElement.ts";

export interface ChartLine {
  readonly name: string;
  /** Name of the theme's colour. */
  readonly color: string;
  readonly valueOf: (point: ChartPoint) => number | null;
  readonly format: (value: number) => string;
}

const HEIGHT = 150;
const AXIS_WIDTH = 52;
/** Lines are told apart without colour too. */
const DASHES: readonly number[][] = [[], [5, 3]];

/** One chart of lines over the time of the session, in the theme's colours. */
export class LineChart extends LightElement {
  static override properties = {
    name: {},
    lines: { attribute: false },
    top: { type: Number },
    charts: { attribute: false },
    at: { state: true },
  };

  declare name: string;
  declare lines: readonly ChartLine[];
  /** Upper end of the scale; undefined where it follows what is drawn. */
  declare top: number | undefined;
  declare charts: ChartPoints;
  /** The point under the mouse. */
  declare at: number | null;
  #plot: UPlot | undefined;
  #drawn: ChartPoints | undefined;
  readonly #resizes = new ResizeObserver(() => this.#resize());
  /** Changes with the theme. */
  readonly #theme = new MutationObserver(() => this.#build());

  constructor() {
    super();
    this.at = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resizes.observe(this);
    this.#theme.observe(document.body, { attributeFilter: ["class"] });
    if (this.hasUpdated) this.#build();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizes.disconnect();
    this.#theme.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  protected override render(): TemplateResult {
    const { points } = this.charts;
    const point = points[this.at ?? points.length - 1];
    return html`<figure class="chart">
      <figcaption>
        <span class="chart-name">${this.name}</span>
        ${this.lines.map((line) => {
          const value = point ? line.valueOf(point) : null;
          const values = points.flatMap((each) => line.valueOf(each) ?? []);
          const highest = values.length === 0 ? "" : `, at most ${line.format(Math.max(...values))}`;
          return html`<span class="chart-value"
            >${this.lines.length > 1 ? line.name : ""} ${value === null ? "not measured" : line.format(value)}<span
              class="for-listeners"
              >${highest}</span
            ></span
          >`;
        })}
        ${this.at === null ? "" : html`<span class="quiet">after ${formatDuration(this.at * this.charts.width)}</span>`}
      </figcaption>
      <div class="chart-canvas" aria-hidden="true"></div>
    </figure>`;
  }

  protected override updated(): void {
    if (!this.#plot) this.#build();
    else if (this.#drawn !== this.charts) this.#plot.setData(this.#data());
    this.#drawn = this.charts;
  }

  #data(): AlignedData {
    const { points, width } = this.charts;
    const seconds = points.map((_, index) => (index * width) / 1000);
    return [seconds, ...this.lines.map((line) => points.map((point) => line.valueOf(point)))];
  }

  #resize(): void {
    const width = this.clientWidth;
    if (this.#plot && width > 0 && this.#plot.width !== width) this.#plot.setSize({ width, height: HEIGHT });
  }

  #build(): void {
    const canvas = this.querySelector<HTMLElement>(".chart-canvas");
    if (!canvas) return;
    this.#plot?.destroy();
    const colors = getComputedStyle(document.body);
    const color = (name: string): string => colors.getPropertyValue(name).trim();
    const font = `11px ${colors.fontFamily}`;
    const axis = { stroke: color("--vscode-descriptionForeground"), font, ticks: { show: false } } satisfies Axis;
    const grid = { stroke: color("--vscode-contrastBorder") || color("--vscode-panel-border"), width: 1 };
    const [first] = this.lines;
    const options: Options = {
      width: Math.max(120, this.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
      scales: {
        x: { time: false },
        y: { range: (_, __, highest) => [0, this.top ?? Math.max(highest || 0, 1e-3) * 1.1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 70,
          size: 26,
          values: (_, at) => at.map((s) => formatDuration(s * 1000)),
        },
        { ...axis, grid, size: AXIS_WIDTH, values: (_, at) => at.map((value) => first?.format(value) ?? "") },
      ],
      series: [
        {},
        ...this.lines.map((line, index): Series => ({
          stroke: color(line.color) || color("--vscode-foreground"),
          width: 1.5,
          dash: DASHES[index] ?? [],
          points: { show: this.charts.points.length < 3 },
        })),
      ],
      hooks: { setCursor: [({ cursor }) => (this.at = cursor.idx ?? null)] },
    };
    this.#plot = new UPlot(options, this.#data(), canvas);
  }
}
