import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { makeAlbum, makePage, Photo } from "../../examples/album.ts";
import type { shipOrder } from "../../examples/order.ts";
import type { hello } from "../../examples/tasks.ts";
import { runs, tasks, type RetrievedRun, type RunHandle, type RunStatus } from "../../sdk/index.ts";
import { duration, LOOKS, pad, paint, paintStatus, spread } from "./paint.ts";
import { drawTree, readTree, statusesOf, type RunTree } from "./run-tree.ts";
import { WIDTH, type Screen } from "./screen.ts";
import { countStatuses, untilListed } from "./status-count.ts";

const FRAME_MS = 80;
const PATIENCE_MS = 40_000;
const INDENT = "     ";

/** A part of the demo. Gives how many runs it brought about; throws when a result is wrong. */
type Scene = (screen: Screen) => Promise<number>;

/** The run once it is final; `look` is called every now and then until it is. */
async function follow<Payload, Output>(
  handle: RunHandle<string, Payload, Output>,
  look: () => Promise<void>,
): Promise<RetrievedRun<string, Payload, Output>> {
  const end = runs.poll(handle, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const isOver = end.then(
    () => true,
    () => true,
  );
  do await look();
  while (!(await Promise.race([isOver, pause(FRAME_MS, false)])));
  return end;
}

function requireOutput(run: RetrievedRun, expected: unknown): void {
  const { status, output, error, taskIdentifier } = run;
  if (status === "COMPLETED" && isDeepStrictEqual(output, expected)) return;
  const got = status === "COMPLETED" ? JSON.stringify(output) : `${status} (${error?.message ?? "no error"})`;
  throw new Error(`${taskIdentifier} gave ${got} instead of ${JSON.stringify(expected)}.`);
}

function done(screen: Screen, text: string, ms: number): void {
  screen.line(spread(`${INDENT}${paint("green", "✔")} ${text}`, paint("bold", duration(ms)), WIDTH - 2));
}

const oneRun: Scene = async (screen) => {
  const names = ["Ada", "Grace", "Alan"];
  for (const name of names) {
    const start = performance.now();
    const run = await runs.poll(await tasks.trigger<typeof hello>("hello", { name }), {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    requireOutput(run, `Hello, ${name}!`);
    done(screen, `"${run.output}"`, performance.now() - start);
  }
  return names.length;
};

const tree: Scene = async (screen) => {
  const pages = [
    photos("beach.jpg", 14, "harbour.jpg", 26, "lighthouse.jpg", 20),
    photos("market.jpg", 31, "cat.jpg", 9),
    photos("sunset.jpg", 38, "picnic.jpg", 17, "train.jpg", 22),
  ];
  const start = performance.now();
  const handle = await tasks.trigger<typeof makeAlbum>("make-album", { pages });
  const known = new Map<string, RunTree>();
  const look = async (draw: (lines: string[], brief: string) => void): Promise<number> => {
    const album = await readTree(handle.id, known);
    const statuses = statusesOf(album);
    const count = `${INDENT}${countStatuses(statuses)}`;
    draw([...drawTree(album, describePhotos), count], count);
    return statuses.length;
  };
  const run = await follow(handle, async () => {
    await look((lines, brief) => screen.draw(lines, brief));
  });
  const ms = performance.now() - start;
  const count = await look((lines) => screen.settle(lines));
  requireOutput(run, kilobytes(pages.flat()));
  done(screen, `8 photos on 3 pages: ${megabytes(run.output)}`, ms);
  return count;
};

const hundred: Scene = async (screen) => {
  const page = Array.from({ length: 100 }, (_, i) => ({ name: `${i}.jpg`, megapixels: 6 + ((i * 7919) % 31) }));
  const start = performance.now();
  const handle = await tasks.trigger<typeof makePage>("make-page", { photos: page });
  let batchId: string | undefined;
  const look = async (): Promise<RunStatus[]> => {
    batchId ??= await batchBelow(handle.id);
    // Newest first, as lists are.
    const { data } = batchId === undefined ? { data: [] } : await runs.list({ batch: batchId, limit: 100 });
    return data.map((run) => run.status).toReversed();
  };
  const draw = (statuses: readonly RunStatus[]): string[] => [
    ...drawDots(statuses, page.length),
    `${INDENT}${countStatuses(statuses)}`,
  ];
  const run = await follow(handle, async () => {
    const statuses = await look();
    screen.draw(draw(statuses), `${INDENT}${countStatuses(statuses)}`);
  });
  const ms = performance.now() - start;
  requireOutput(run, kilobytes(page));
  screen.settle(draw(await untilListed(page.length, look)));
  const work = page.reduce((sum, photo) => sum + photo.megapixels * 40, 0);
  done(screen, `100 children, ${duration(work)} of work, one result: ${megabytes(run.output)}`, ms);
  return 1 + page.length;
};

/** The batch that a run waits for. */
async function batchBelow(parentId: string): Promise<string | undefined> {
  const { relatedRuns } = await runs.retrieve(parentId);
  return relatedRuns.children?.[0]?.batchId;
}

const retries: Scene = async (screen) => {
  const start = performance.now();
  const handle = await tasks.trigger<typeof shipOrder>("ship-order", { order: "A-1001", courierFailures: 2 });
  const look = async (draw: (lines: string[], brief: string) => void): Promise<number> => {
    const run = await runs.retrieve(handle);
    const lines: string[] = [];
    let charges = 0;
    let shown = 0;
    for await (const { attempt, level, message } of runs.logs(handle)) {
      const head = pad(attempt === shown ? "" : `attempt ${attempt}`, 12);
      shown = attempt;
      if (message === "charged the card") charges += 1;
      const note =
        level === "warn" ? paint("red", "✖ failed") : charges === lines.length + 1 ? paint("dim", "a step: kept") : "";
      lines.push(spread(`${INDENT}${head}${message}`, note, WIDTH - 2));
    }
    const status = `${LOOKS[run.status].mark} ${run.status.toLowerCase()}, attempt ${Math.max(1, run.attemptCount)}`;
    const last = `${INDENT}${paintStatus(run.status, status)}`;
    draw([...lines, last], last);
    return charges;
  };
  const run = await follow(handle, async () => {
    await look((lines, brief) => screen.draw(lines, brief));
  });
  const ms = performance.now() - start;
  const charges = await look((lines) => screen.settle(lines));
  requireOutput({ ...run, output: run.output?.attempts }, 3);
  if (charges !== 1) throw new Error(`The card was charged ${charges} times.`);
  done(screen, `3 attempts, the card charged once: receipt ${run.output?.receipt}`, ms);
  return 1;
};

/** What is shown, in this order. `code` is what makes it happen. */
export const SCENES: readonly { readonly title: string; readonly code: string; readonly play: Scene }[] = [
  { title: "Three small runs", code: 'tasks.trigger("hello", { name: "Ada" })', play: oneRun },
  { title: "A parent, its children and theirs", code: 'tasks.trigger("make-album", { pages })', play: tree },
  { title: "A batch of a hundred, fanning in", code: 'tasks.trigger("make-page", { photos })', play: hundred },
  { title: "Retries that remember", code: 'tasks.trigger("ship-order", { order })', play: retries },
];

function describePhotos({ payload }: RetrievedRun): string {
  const { name, photos, pages } = payload as { name?: string; photos?: readonly Photo[]; pages?: readonly Photo[][] };
  if (pages !== undefined) return `${pages.length} pages`;
  return photos === undefined ? (name ?? "") : `${photos.length} photos`;
}

/** One dot for each child; those that are not there yet are blank. */
function drawDots(statuses: readonly RunStatus[], total: number): string[] {
  const ROW = 25;
  return Array.from({ length: Math.ceil(total / ROW) }, (_, row) => {
    const dots = statuses.slice(row * ROW, (row + 1) * ROW).map((status) => paintStatus(status, LOOKS[status].mark));
    return pad(`${INDENT}${dots.join(" ")}`, INDENT.length + 2 * ROW);
  });
}

function photos(...namesAndSizes: readonly (string | number)[]): Photo[] {
  return namesAndSizes.flatMap((name, i) =>
    typeof name === "string" ? [{ name, megapixels: Number(namesAndSizes[i + 1]) }] : [],
  );
}

function megabytes(kilobytes: number | undefined): string {
  return `${((kilobytes ?? 0) / 1000).toFixed(1)} MB`;
}

function kilobytes(photos: readonly Photo[]): number {
  return photos.reduce((sum, photo) => sum + photo.megapixels * 90, 0);
}
