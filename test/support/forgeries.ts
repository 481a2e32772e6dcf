import { describe, expect, test } from "vitest";
import type { WebhookSource } from "../../sdk/index.ts";
import { RECEIVED_AT, verify, type Sent } from "./webhook-request.ts";

/** How one provider signs, for `describeForgeries`. */
export interface Scheme {
  readonly source: WebhookSource;
  /** Made up. `other` is one of the same form. */
  readonly secret: string;
  readonly other: string;
  readonly body: string;
  /** The request of the provider, sent at that time, ms. `body` is what it holds instead. */
  readonly sign: (secret: string, at: number, body: string | Uint8Array) => Sent;
  /** The header with the signature, and what stands before and behind the encoded part of it. */
  readonly header: string;
  readonly prefix?: string | RegExp;
  readonly encoding: "hex" | "base64";
  /** How far the time of sending may be off, ms; undefined where there is none. */
  readonly toleranceMs?: number;
  /** The header with that time, where it has one of its own. */
  readonly timestampHeader?: string;
  /** The header is a list, in which what is not known is passed over. */
  readonly isList?: boolean;
  /** There is no body that cannot be read. */
  readonly takesAnyBody?: boolean;
}

/** Tests that everything which is not quite a request of the provider is refused, and that a second secret counts, too. */
export function describeForgeries(scheme: Scheme): void {
  const { source, secret, other, body, header, encoding, toleranceMs, timestampHeader } = scheme;
  const genuine = (at = RECEIVED_AT) => scheme.sign(secret, at, body);
  const withHeader = (name: string, value: string | undefined): Sent => {
    const { [name]: _, ...headers } = genuine().headers;
    return { ...genuine(), headers: value === undefined ? headers : { ...headers, [name]: value } };
  };
  const header0 = genuine().headers[header] ?? "";
  const prefix = new RegExp(scheme.prefix ?? "").exec(header0)?.[0] ?? "";
  const encoded = header0.slice(prefix.length);
  const withSignature = (text: string) => withHeader(header, prefix + text);
  const bytes = Buffer.from(encoded, encoding);
  const refusal = async (sent: Sent, secrets: string | readonly string[] = secret) => {
    const verdict = await verify(source, sent, secrets);
    if (verdict.type !== "refused") throw new Error(`It is taken: ${JSON.stringify(verdict)}`);
    for (const each of [secrets].flat()) {
      if (each !== "") expect(verdict.message).not.toContain(each);
    }
    expect(verdict.message).not.toContain(encoded);
    return verdict.fault;
  };

  describe(`${source.provider} takes`, () => {
    test("its own request", async () => {
      expect(await verify(source, genuine(), secret)).toMatchObject({ type: "event" });
    });

    test("requests with either of two secrets", async () => {
      expect(await verify(source, genuine(), [other, secret])).toMatchObject({ type: "event" });
      expect(await verify(source, genuine(), [secret, other])).toMatchObject({ type: "event" });
    });

    test.each(where(toleranceMs !== undefined))("what is as old or as new as the tolerance", async () => {
      for (const distance of [-(toleranceMs ?? 0), toleranceMs ?? 0]) {
        const at = RECEIVED_AT + distance;
        expect(await verify(source, genuine(at), secret, RECEIVED_AT), String(distance)).toMatchObject({
          type: "event",
        });
      }
    });
  });

  describe(`${source.provider} refuses`, () => {
    test("a body with one bit changed, whichever it is", async () => {
      for (let bit = 0; bit < body.length * 8; bit += 7) {
        const changed = Buffer.from(body);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await refusal({ ...genuine(), body: changed }), `bit ${bit}`).not.toBe("signature_missing");
      }
    });

    test("a body that is cut, empty or longer", async () => {
      for (const changed of [body.slice(0, -1), "", `${body} `]) await refusal({ ...genuine(), body: changed });
    });

    test("a signature with one bit changed, whichever it is", async () => {
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await refusal(withSignature(changed.toString(encoding))), `bit ${bit}`).toBe("signature_invalid");
      }
    });

    test("another secret, an empty one, and none", async () => {
      expect(await refusal(genuine(), other)).toBe("signature_invalid");
      expect(await refusal(scheme.sign(other, RECEIVED_AT, body))).toBe("signature_invalid");
      expect(await refusal(genuine(), "")).toBe("signature_invalid");
      expect(await refusal(genuine(), [])).toBe("signature_invalid");
    });

    test("a missing or empty signature", async () => {
      expect(await refusal(withHeader(header, undefined))).toBe("signature_missing");
      expect(await refusal(withHeader(header, ""))).toBe("signature_missing");
      await refusal(withSignature(""));
    });

    test("a signature that is cut, longer, twice in a header, in another encoding or in another scheme", async () => {
      const encodedElsewise = bytes.toString(encoding === "hex" ? "base64" : "hex");
      for (const text of [encoded.slice(0, -2), encoded.slice(2), encoded + encoded, `${encoded}00`, encodedElsewise]) {
        expect(await refusal(withSignature(text)), text).toBe("signature_invalid");
      }
      for (const value of [
        `${header0}, ${header0.replace(encoded, "")}`,
        `x${header0}`,
        `v9=${encoded}`,
        `v9,${encoded}`,
      ]) {
        if (scheme.isList !== true) await refusal(withHeader(header, value));
      }
      if (prefix === "") return;
      await refusal(withHeader(header, encoded));
      await refusal(withHeader(header, `x${header0.slice(1)}`));
    });

    test.each(where(encoding === "base64" && encoded.endsWith("=")))(
      "another text that stands for the same bytes",
      async () => {
        const last = encoded.replace(/=+$/, "").slice(-1);
        const next = String.fromCharCode(last.charCodeAt(0) + 1);
        const other = encoded.replace(/.(=+)$/, `${next}$1`);
        expect(Buffer.from(other, "base64")).toEqual(bytes);
        expect(await refusal(withSignature(other))).toBe("signature_invalid");
      },
    );

    test("headers full of rubbish, and huge ones", async () => {
      for (const value of ["é", "=", ",", "=,=,=", "\u00ff".repeat(64), "{}", "null", "v1", "0".repeat(100_000)]) {
        await refusal(withHeader(header, value));
      }
      const huge = withHeader(header, `${header0}, ${"0".repeat(100_000)}`);
      expect(await verify(source, huge, secret)).toMatchObject({
        fault: "signature_invalid",
        message: expect.stringContaining("the limit is 4096"),
      });
    });

    test.each(where(toleranceMs !== undefined))("what is older or newer than the tolerance", async () => {
      for (const distance of [-(toleranceMs ?? 0) - 1000, (toleranceMs ?? 0) + 1000, -1e11, 1e12]) {
        expect(await refusal(genuine(RECEIVED_AT + distance)), String(distance)).toBe("timestamp_invalid");
      }
    });

    test.each(where(timestampHeader !== undefined))(
      "a time that is missing, malformed, twice there, or another",
      async () => {
        const name = timestampHeader ?? "";
        const time = genuine().headers[name] ?? "";
        const bad = [
          undefined,
          "",
          "soon",
          "-1",
          "1e9",
          "0x10",
          `${time}.0`,
          `${time}, ${time}`,
          "9".repeat(400),
          "NaN",
        ];
        for (const value of bad) expect(await refusal(withHeader(name, value)), value).toBe("timestamp_invalid");
        expect(await refusal(withHeader(name, String(Number(time) + 1)))).toBe("signature_invalid");
        expect(await refusal(withHeader(name, `0${time}`))).toBe("signature_invalid");
      },
    );

    test.each(where(scheme.takesAnyBody !== true))("a body that it has signed and that cannot be read", async () => {
      for (const broken of [Uint8Array.of(0xff, 0xfe, 0x80), "{", "", "[".repeat(5000) + "]".repeat(5000)]) {
        const sent = scheme.sign(secret, RECEIVED_AT, broken);
        expect(await refusal(sent), String(broken)).toBe("body_malformed");
      }
    });
  });
}

/** For `test.each`: a test that there is where it applies, and nowhere else. */
function where(applies: boolean): readonly boolean[] {
  return applies ? [applies] : [];
}
