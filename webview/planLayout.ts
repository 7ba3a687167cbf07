/** Where the steps of a plan stand when it is drawn from left to right: in layers, with few crossings. */

export interface PlannedStep {
  readonly stepId: string;
  readonly dependsOn: readonly string[];
}

export interface PlacedStep {
  readonly stepId: string;
  /** Number of the layer, from the left. */
  readonly layer: number;
  /** Place in the layer, from the top; layers are centred on each other. */
  readonly x: number;
  readonly y: number;
}

export interface PlanEdge {
  readonly from: string;
  readonly to: string;
  /** Points the line goes through, from the right side of one step to the left side of the other. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface PlanLayout {
  readonly steps: readonly PlacedStep[];
  readonly edges: readonly PlanEdge[];
  readonly width: number;
  readonly height: number;
}

export const STEP_WIDTH = 190;
export const STEP_HEIGHT = 72;
const LAYER_GAP = 32;
const STEP_GAP = 14;
/** A line that passes between steps needs less room than one of them. */
const PASSING_HEIGHT = 14;
const SWEEPS = 6;

/** A step in its layer, or the place where a line passes one. */
interface Slot {
  readonly id: string;
  readonly isStep: boolean;
  readonly before: Slot[];
  readonly after: Slot[];
  place: number;
  y: number;
}

/** Dependencies on steps that are not there, and what would close a circle, are left out. */
export function layOutPlan(steps: readonly PlannedStep[]): PlanLayout {
  const needs = reduced(dependencies(steps));
  const layerOf = layersOf(needs);
  const layers: Slot[][] = Array.from({ length: Math.max(0, ...layerOf.values()) + 1 }, () => []);
  const slots = new Map<string, Slot>();
  for (const { stepId } of steps) slots.set(stepId, addSlot(layers, layerOf.get(stepId) ?? 0, stepId, true));
  const chains: { from: string; to: string; slots: Slot[] }[] = [];
  for (const [to, befores] of needs) {
    for (const from of befores) chains.push({ from, to, slots: chain(layers, slots, layerOf, from, to) });
  }
  order(layers);
  const height = place(layers);
  const leftOf = (layer: number): number => layer * (STEP_WIDTH + LAYER_GAP);
  return {
    steps: steps.map(({ stepId }) => {
      const layer = layerOf.get(stepId) ?? 0;
      return { stepId, layer, x: leftOf(layer), y: (slots.get(stepId)?.y ?? 0) - STEP_HEIGHT / 2 };
    }),
    edges: chains.map(({ from, to, slots: passed }) => ({
      from,
      to,
      points: passed.flatMap(({ y, isStep }, index) => {
        const x = leftOf((layerOf.get(from) ?? 0) + index);
        const right = { x: x + STEP_WIDTH, y };
        const left = { x, y };
        return isStep ? [index === 0 ? right : left] : [left, right];
      }),
    })),
    width: layers.length * (STEP_WIDTH + LAYER_GAP) - LAYER_GAP,
    height,
  };
}

function dependencies(steps: readonly PlannedStep[]): Map<string, Set<string>> {
  const known = new Set(steps.map(({ stepId }) => stepId));
  const needs = new Map<string, Set<string>>();
  for (const { stepId } of steps) needs.set(stepId, new Set());
  for (const { stepId, dependsOn } of steps) {
    for (const before of dependsOn) {
      if (known.has(before) && !reaches(needs, before, stepId)) needs.get(stepId)?.add(before);
    }
  }
  return needs;
}

/** Does `from` need `to`, itself or through others? */
function reaches(needs: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(needs.get(id) ?? []));
  }
  return false;
}

/** Without what follows from the rest: a line that says nothing new only hides others. */
function reduced(needs: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const kept = new Map<string, Set<string>>();
  for (const [id, befores] of needs) {
    const isImplied = (before: string): boolean =>
      [...befores].some((other) => other !== before && reaches(needs, other, before));
    kept.set(id, new Set([...befores].filter((before) => !isImplied(before))));
  }
  return kept;
}

/** A step stands right of everything it needs. */
function layersOf(needs: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const layers = new Map<string, number>();
  const layerOf = (id: string): number => {
    const known = layers.get(id);
    if (known !== undefined) return known;
    const layer = Math.max(-1, ...[...(needs.get(id) ?? [])].map(layerOf)) + 1;
    layers.set(id, layer);
    return layer;
  };
  for (const id of needs.keys()) layerOf(id);
  return layers;
}

function addSlot(layers: Slot[][], layer: number, id: string, isStep: boolean): Slot {
  const slots = layers[layer] ?? [];
  const slot: Slot = { id, isStep, before: [], after: [], place: slots.length, y: 0 };
  slots.push(slot);
  return slot;
}

/** The slots a line goes through, its ends included. */
function chain(
  layers: Slot[][],
  steps: ReadonlyMap<string, Slot>,
  layerOf: ReadonlyMap<string, number>,
  from: string,
  to: string,
): Slot[] {
  const first = steps.get(from);
  const last = steps.get(to);
  if (!first || !last) return [];
  const passed = [first];
  for (let layer = (layerOf.get(from) ?? 0) + 1; layer < (layerOf.get(to) ?? 0); layer += 1) {
    passed.push(addSlot(layers, layer, `${from} ${to}`, false));
  }
  passed.push(last);
  for (const [index, slot] of passed.entries()) {
    const next = passed[index + 1];
    if (!next) break;
    slot.after.push(next);
    next.before.push(slot);
  }
  return passed;
}

/** Puts every slot near the mean of its neighbours, forwards and backwards in turn. */
function order(layers: readonly Slot[][]): void {
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForwards = sweep % 2 === 0;
    for (const slots of isForwards ? layers : layers.toReversed()) {
      const wanted = new Map(slots.map((slot) => [slot, meanPlace(isForwards ? slot.before : slot.after, slot.place)]));
      slots.sort((left, right) => (wanted.get(left) ?? 0) - (wanted.get(right) ?? 0));
      for (const [place, slot] of slots.entries()) slot.place = place;
    }
  }
}

function meanPlace(neighbours: readonly Slot[], otherwise: number): number {
  if (neighbours.length === 0) return otherwise;
  return neighbours.reduce((sum, { place }) => sum + place, 0) / neighbours.length;
}

/** Gives every slot the height of its middle; returns the height of all. */
function place(layers: readonly Slot[][]): number {
  const heightOf = ({ isStep }: Slot): number => (isStep ? STEP_HEIGHT : PASSING_HEIGHT) + STEP_GAP;
  const heights = layers.map((slots) => slots.reduce((sum, slot) => sum + heightOf(slot), -STEP_GAP));
  const height = Math.max(0, ...heights);
  for (const [index, slots] of layers.entries()) {
    let top = (height - (heights[index] ?? 0)) / 2;
    for (const slot of slots) {
      slot.y = top + (heightOf(slot) - STEP_GAP) / 2;
      top += heightOf(slot);
    }
  }
  return height;
}
