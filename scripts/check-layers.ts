// What the linter cannot say about the layers: SQL is written and run in worker/storage/ only.
import { globSync, readFileSync } from "node:fs";

const STATEMENT =
  /["'`]\s*(?:SELECT\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|(?:CREATE|DROP|ALTER)\s+(?:TABLE|INDEX|UNIQUE)\b|PRAGMA\s)/i;
const EXECUTION = /\bsql\s*\??\.\s*exec\b|\.prepare\s*\(/;

const findings = globSync(["worker/**/*.ts", "sdk/**/*.ts"])
  .filter((file) => !file.startsWith("worker/storage/"))
  .flatMap((file) => {
    const text = readFileSync(file, "utf8");
    return [STATEMENT, EXECUTION].flatMap((pattern) =>
      [...text.matchAll(new RegExp(pattern, "gi"))].map(
        (match) =>
          `${file}:${text.slice(0, match.index).split("\n").length}: SQL belongs in worker/storage/: ${match[0].trim()}`,
      ),
    );
  });

for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
