import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { ChartPoint, ChartPoints } from "../../src/protocol/monitorModel.ts";
import { formatCost, formatCount, formatDuration } from "../format.ts";
import type { ChartLine } from "./lineChart.ts";
import { LightElement } from "./lightElement.ts";

/** Rows of the table that says the same as the charts. */
const TABLE_ROWS = 12;

const percent = (value: number): string => `${Math.round(value)} %`;
const perSecond = (value: number): string => `${value < 10 ? value.toFixed(1) : formatCount(value)}/s`;
const dollars = (value: number): string => formatCost(value, false);

interface ChartKind {
  readonly name: string;
  readonly lines: readonly ChartLine[];
  /** Upper end of the scale where it is always the same. */
  readonly top?: number;
}

const CHARTS: readonly ChartKind[] = [
  {
    name: "Load of the machine",
    top: 100,
    lines: [
      { name: "CPU", color: "--vscode-charts-blue", valueOf: ({ cpu }) => cpu, format: percent },
      { name: "Memory", color: "--vscode-charts-purple", valueOf: ({ memory }) => memory, format: percent },
    ],
  },
  {
    name: "Tokens written",
    lines: [{ name: "Tokens", color: "--vscode-charts-green", valueOf: ({ tokens }) => tokens, format: perSecond }],
  },
  {
    name: "Cost",
    lines: [{ name: "Cost", color: "--vscode-charts-yellow", valueOf: ({ costUsd }) => costUsd, format: dollars }],
  },
];

/** CPU, memory, tokens per second and cost over the time of the session; also as a table, for who cannot see lines. */
export class UsageCharts extends LightElement {
  static override properties = {
    charts: { attribute: false },
    isTable: { state: true },
  };

  declare charts: ChartPoints | null;
  declare isTable: boolean;

  constructor() {
    super();
    this.charts = null;
    this.isTable = false;
  }

  protected override render(): TemplateResult {
    const { charts } = this;
    if (charts === null) return html`<p class="quiet">There is nothing to draw yet: no request has been made.</p>`;
    return html`<div class="charts">
        ${CHARTS.map(
          ({ name, lines, top }) =>
            html`<line-chart .name=${name} .lines=${lines} .top=${top} .charts=${charts}></line-chart>`,
        )}
      </div>
      <details class="chart-table" .open=${this.isTable} @toggle=${this.#onToggle}>
        <summary><span>The same as a table</span></summary>
        ${this.isTable ? table(charts) : nothing}
      </details>`;
  }

  readonly #onToggle = (event: Event): void => {
    this.isTable = (event.currentTarget as HTMLDetailsElement).open;
  };
}

function table({ points, width }: ChartPoints): TemplateResult {
  const lines = CHARTS.flatMap((chart) => chart.lines);
  const every = Math.max(1, Math.ceil(points.length / TABLE_ROWS));
  const rows = points.flatMap((point, index) => (index % every === 0 ? [{ point, at: index * width }] : []));
  const cell = (line: ChartLine, point: ChartPoint): TemplateResult => {
    const value = line.valueOf(point);
    return html`<td>${value === null ? "–" : line.format(value)}</td>`;
  };
  return html`<div class="table-scroller" tabindex="0" role="group" aria-label="Values of the charts">
    <table>
      <thead>
        <tr>
          <th scope="col">After</th>
          ${lines.map(({ name }) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ point, at }) =>
            html`<tr>
              <th scope="row">${formatDuration(at)}</th>
              ${lines.map((line) => cell(line, point))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
