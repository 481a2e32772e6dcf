import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import * as sdk from "../../sdk/index.ts";

/** A piece of code in a document. */
export interface DocBlock {
  /** Where it starts, as `README.md:12`. */
  readonly place: string;
  readonly doc: string;
  readonly language: string;
  readonly code: string;
}

export function readBlocks(doc: string): DocBlock[] {
  const text = readFileSync(doc, "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ index, 1: language = "", 2: code = "" }) => ({
    place: `${doc}:${text.slice(0, index).split("\n").length}`,
    doc,
    language,
    code,
  }));
}

export interface DocModule extends DocBlock {
  readonly file: string;
  /** Tasks that it exports. */
  readonly tasks: readonly string[];
  /** Does something when it is run, rather than only say what could be. */
  readonly isProgram: boolean;
}

const ROOT = join(import.meta.dirname, "../..");

/**
 * Makes of `folder` a project of its own, in which the package is installed: its entries are the source of this one, the same
 * for Node, the compiler and what bundles Workers.
 */
export function writeProject(folder: string): void {
  const installed = join(folder, "node_modules/runlet");
  mkdirSync(installed, { recursive: true });
  for (const part of ["sdk", "worker"]) symlinkSync(join(ROOT, part), join(installed, part));
  const exports = { ".": "./sdk/index.ts", "./worker": "./worker/create-worker.ts" };
  writeFileSync(join(installed, "package.json"), JSON.stringify({ name: "runlet", type: "module", exports }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "documents", type: "module" }));
}

/**
 * Writes the TypeScript blocks as modules into `folder`, a project. One whose first line is a comment with a
 * file's name gets that name, so that others can import it. What readers are spared is put in front: imports from
 * "runlet", and of tasks that the document defines elsewhere.
 */
export function writeModules(blocks: readonly DocBlock[], folder: string): DocModule[] {
  const modules = blocks
    .filter(({ language }) => language === "ts")
    .map((block, i) => {
      const name = /^\/\/ ([\w./-]+\.ts)$/m.exec(block.code.split("\n", 1)[0] ?? "")?.[1] ?? `block-${i}.ts`;
      const file = join(folder, basename(block.doc, ".md"), name);
      const tasks = [
        ...block.code.matchAll(/^export const (\w+) = (?:task|schemaTask|webhook|schedules\.task)\(/gm),
      ].map(([, id = ""]) => id);
      const isProgram = tasks.length === 0 && /^(?:\S.*= )?await |^for await|^console\.log/m.test(block.code);
      return { ...block, file, tasks, isProgram };
    });
  for (const module of modules) {
    mkdirSync(dirname(module.file), { recursive: true });
    writeFileSync(module.file, importsOf(module, modules) + module.code);
  }
  return modules;
}

/** A Worker with all tasks of the modules, and the outside that these call. */
export function writeWorker(modules: readonly DocModule[], file: string): void {
  const from = dirname(file);
  const hosts = modules.filter(({ tasks }) => tasks.length > 0);
  const lines = [
    'import { createWorker } from "runlet/worker";',
    `import { serveAsked } from "${path(from, join(ROOT, "test/support/doc-outside.ts"))}";`,
    ...hosts.map(({ file: host, tasks }, i) => {
      const names = tasks.map((task) => `${task} as ${task}${i}`);
      return `import { ${names.join(", ")} } from "${path(from, host)}";`;
    }),
    'export { BulkAction, IndexGatherer, PacketHold, PassRunner, QueueKeeper, RunGroup } from "runlet/worker";',
    'export { ScheduleKeeper, ScheduleRoster, WebhookDesk } from "runlet/worker";',
    `const tasks = [${hosts.flatMap(({ tasks }, i) => tasks.map((task) => task + i)).join(", ")}];`,
    "export default createWorker({ tasks, fetch: serveAsked });",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
}

/** What the comments behind `console.log` say that is printed; `…` stands for anything. */
export function saidToPrint(code: string): RegExp[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(
    ([, said = ""]) => new RegExp(`^${said.split("…").map(escape).join(".*")}$`, "m"),
  );
}

function importsOf(module: DocModule, modules: readonly DocModule[]): string {
  const code = module.code.replace(/"[^"\n]*"|\/\/.*$/gm, "");
  const isMissing = (name: string): boolean =>
    new RegExp(`(?<![.\\w])${name}(?!\\w)`).test(code) &&
    !new RegExp(`^(?:export )?(?:const|let|function|async function) ${name}\\b`, "m").test(code) &&
    !new RegExp(`^(?:import|const)\\b[^;]*[{,] *${name}\\b`, "m").test(code);
  const fromSdk = Object.keys(sdk).filter(isMissing);
  const lines = fromSdk.length === 0 ? [] : [`import { ${fromSdk.join(", ")} } from "runlet";`];
  for (const other of modules) {
    const names = other === module || other.doc !== module.doc ? [] : other.tasks.filter(isMissing);
    if (names.length > 0)
      lines.push(`import { ${names.join(", ")} } from "${path(dirname(module.file), other.file)}";`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function path(from: string, to: string): string {
  const way = relative(from, to);
  return way.startsWith(".") ? way : `./${way}`;
}

function escape(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}
