import type { Agenda } from "../engine/agenda.ts";
import type { GroupRoots } from "../storage/group-roots.ts";
import type { GroupScans } from "../storage/group-scans.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Runs that the index is asked to let go of at once. */
const PAGE = 500;
/** When the index is asked again to let go of what is to be deleted. */
const REMOVE_AGAIN_MS = 60_000;

interface Surroundings {
  /** How long what is final is kept, ms; undefined: for ever. */
  readonly kept: () => number | undefined;
  readonly now: () => number;
  readonly agenda: Agenda;
  readonly scans: GroupScans;
  readonly roots: GroupRoots;
  /** Takes what is at these paths out of the index. Rejects when it may still be there. */
  readonly remove: (paths: readonly string[]) => Promise<void>;
}

/** The end of a group, or of one root of several, once all of it has been final for the retention time. */
export class GroupRetention {
  private readonly around: Surroundings;
  /** The index has refused: it is not asked before. */
  private notBefore = 0;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** When all of the group may be deleted; never while something is open. */
  groupEnds(): number {
    const { agenda, scans } = this.around;
    const kept = this.around.kept();
    if (kept === undefined || agenda.open !== 0) return NEVER;
    return Math.max((scans.lastChange() ?? NEVER) + kept, this.notBefore);
  }

  /** When the first of several roots may be deleted: in a key that is in use, others follow. */
  rootEnds(): number {
    const { kept, roots } = this.around;
    const first = kept() === undefined ? undefined : roots.first();
    if (first === undefined) return NEVER;
    return Math.max((roots.lastChange(first) ?? NEVER) + (kept() ?? NEVER), this.notBefore);
  }

  /** Takes the first root out of the index: its path, which is still in the group. Undefined when the index refused. */
  async forgetRoot(): Promise<string | undefined> {
    const root = this.around.roots.first() ?? "";
    const paths = this.around.roots.runs(root);
    const pages = Array.from({ length: Math.ceil(paths.length / PAGE) }, (_, i) =>
      paths.slice(i * PAGE, (i + 1) * PAGE),
    );
    return (await this.forget(pages)) ? root : undefined;
  }

  /** Takes pages of paths out of the index. False when it refused: it is asked again in a minute. */
  async forget(pages: Iterable<string[]>): Promise<boolean> {
    try {
      for (const paths of pages) await this.around.remove(paths);
      return true;
    } catch (error) {
      console.warn("runlet: the index still has what is to be deleted; it will be tried again", error);
      this.notBefore = this.around.now() + REMOVE_AGAIN_MS;
      return false;
    }
  }
}
