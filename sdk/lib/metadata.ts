import { segmentsOf, type Metadata } from "./metadata-operation.ts";
import { MetadataWriter } from "./metadata-writer.ts";
import { currentSurroundings } from "./pass-context.ts";
import { currentPass } from "./trigger.ts";

class RunMetadata extends MetadataWriter {
  /** The run that triggered this one, in whatever group it is; this run itself where there is none. Not read, only changed. */
  readonly parent = new MetadataWriter("parent");
  /** The run on top of all; this run itself where it is that. */
  readonly root = new MetadataWriter("root");

  constructor() {
    super("run");
  }

  /**
   * A copy of the object, with the changes of this pass; empty where there is none, undefined outside a task. It is as the
   * pass began with it: what others change meanwhile is seen by the next pass.
   */
  current(): Metadata | undefined {
    const pass = currentSurroundings()?.pass;
    return pass && structuredClone(pass.notes.metadata);
  }

  /** The value of a field, or at the end of a path; undefined where there is none, and outside a task. */
  get(key: string): unknown {
    let value: unknown = currentSurroundings()?.pass?.notes.metadata;
    for (const name of segmentsOf(key)) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as Record<string, unknown>)[name];
    }
    return structuredClone(value);
  }

  /** Sends what was changed and not yet sent, and resolves once it is durable. Without it this happens about once a second. */
  async flush(): Promise<void> {
    await currentPass("metadata.flush", "There is nothing to send.").notes.flush();
  }
}

/**
 * The metadata of the run that executes: a JSON object that `runs.retrieve` shows. Changes are sent together, with what the
 * pass reports or when the first is a second old. Each counts once, however often the task is replayed; those in a step are
 * kept with its result. A new attempt starts from the metadata as it is.
 */
export const metadata = new RunMetadata();
