import { RunletError } from "../errors.ts";
import { readFields, readHeaderName, readName, readPrefix } from "./custom-checks.ts";
import type { CustomCheck } from "./custom-signature.ts";
import { readSignatureHeader } from "./header.ts";
import { Refusal } from "./refusal.ts";
import { fitsSecret } from "./shared-secret.ts";

/** Where a request has the secret itself: in a header, behind `prefix` ("Bearer ", by default nothing), or in its query. */
export type CustomSecret = { readonly header: string; readonly prefix?: string } | { readonly query: string };

export function checkSecret(given: CustomSecret, subject: string): CustomCheck {
  const options: { readonly header?: string; readonly prefix?: string; readonly query?: string } = readFields(
    given,
    subject,
    ["header", "prefix", "query"],
  );
  if ((options.header === undefined) === (options.query === undefined)) {
    throw new RunletError(`${subject} must have either header or query.`);
  }
  return options.query === undefined
    ? checkHeader(readHeaderName(options.header, `${subject}.header`), readPrefix(options.prefix, `${subject}.prefix`))
    : checkQuery(readName(options.query, `${subject}.query`));
}

function checkHeader(header: string, prefix: string): CustomCheck {
  return {
    headers: [header],
    async verify(request, secrets) {
      const text = readSignatureHeader(request, header);
      if (text.startsWith(prefix) && (await fitsSecret(text.slice(prefix.length), secrets))) return undefined;
      throw new Refusal("signature_invalid", `The header ${header} does not hold the secret.`);
    },
  };
}

function checkQuery(name: string): CustomCheck {
  return {
    headers: [],
    async verify({ url }, secrets) {
      const [text, ...others] = url.searchParams.getAll(name);
      if (text === undefined) throw new Refusal("signature_missing", `The parameter ${name} is missing.`);
      if (others.length === 0 && (await fitsSecret(text, secrets))) return undefined;
      throw new Refusal("signature_invalid", `The parameter ${name} does not hold the secret.`);
    },
  };
}
