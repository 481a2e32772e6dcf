import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDevVars } from "../../scripts/dev-vars.ts";

test("the variables of a file are read as wrangler reads them, and none where there is no file", () => {
  const folder = mkdtempSync(join(tmpdir(), "runlet-vars-"));
  try {
    const file = join(folder, ".dev.vars");
    expect(readDevVars(file)).toEqual({});
    writeFileSync(file, 'PLAIN=whsec_a=b\nQUOTED="two words"\n# NOT=this\nexport SHELL_LIKE=c\n');
    expect(readDevVars(file)).toEqual({ PLAIN: "whsec_a=b", QUOTED: "two words", SHELL_LIKE: "c" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
